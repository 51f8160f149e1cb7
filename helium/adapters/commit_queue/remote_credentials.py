"""The remote that the commit queue writes to: its URL without credentials, and how git gets them.

Credentials travel in the environment, as a header for that one host: they are in no file, on no command line and in no
error. For an ssh remote, ssh asks nobody: a host that is not known yet, or that does not answer, is an error. Refuses a
token for a remote that cannot use one.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from helium.adapters.git_repo.push_rest import rest_of
from helium.errors import UsageError

_WEB = {"http", "https"}
_SSH = re.compile(r"(git\+)?ssh(\+git)?://|(?!\w+://)[^/:]+:")
"""With a scheme, or as `git@host:path`."""
_ASKS_NOBODY = "ssh -o BatchMode=yes -o ConnectTimeout=10"
_ANYBODY = "x-access-token"
"""Other hosts look at the token alone; GitHub wants this name beside it."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A path, an `https` URL with a token (in `token`, or in the URL as people write it), or an `ssh` one.

    `renewed`: what says which token is good now, where it is another one each hour.
    """

    url: str
    token: str = field(default="", repr=False)
    renewed: Callable[[], str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.token and urlsplit(self.url).scheme not in _WEB:
            raise UsageError(f"{self.address} is not an https remote, so it takes no token. Unset HELIUM_GIT_TOKEN.")

    @property
    def address(self) -> str:
        """The URL as git may store and show it."""
        parts = urlsplit(self.url)
        if parts.scheme not in _WEB:
            return self.url
        return urlunsplit(parts._replace(netloc=_host(parts)))

    @property
    def interval(self) -> float:
        """Seconds that the host wants between two pushes."""
        return rest_of(self.url)

    def environ(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` with what git needs for this remote, after its own settings: credentials, or how to call ssh."""
        if _SSH.match(self.url):
            return {"GIT_SSH_COMMAND": _ASKS_NOBODY, **base} if "GIT_SSH" not in base else dict(base)
        said = self._credentials()
        if not said:
            return dict(base)
        parts = urlsplit(self.url)
        number = int(base.get("GIT_CONFIG_COUNT") or 0)
        header = b64encode(said.encode()).decode()
        return {
            **base,
            "GIT_CONFIG_COUNT": str(number + 1),
            f"GIT_CONFIG_KEY_{number}": f"http.{parts.scheme}://{_host(parts)}/.extraHeader",
            f"GIT_CONFIG_VALUE_{number}": f"Authorization: Basic {header}",
        }

    def _credentials(self) -> str:
        parts = urlsplit(self.url)
        if token := self.renewed() if self.renewed is not None else self.token:
            return f"{_ANYBODY}:{token}"
        if parts.scheme not in _WEB or not (parts.username or parts.password):
            return ""
        return f"{unquote(parts.username or _ANYBODY)}:{unquote(parts.password or '')}"


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
