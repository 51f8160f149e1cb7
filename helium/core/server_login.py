"""Where a person signed in from the command line: a server, and the token that it takes from them.

Pure. A server is an origin, such as `https://helium.example.com`. Refuses one that is reached by http, except on this
machine: whoever is on the way could read the token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from helium.errors import UsageError

_USUAL = {"openid", "profile", "email", "offline_access"}
LONGEST_PAUSE = 60.0
_HOST = re.compile("[A-Za-z0-9._:-]+")
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerClient:
    """How the command line signs in at a server's issuer, as that server says.

    `audience`: for whom the tokens are; empty where the issuer is not to be told. `port`: 0 is any free one.
    """

    issuer: str
    client_id: str
    scopes: tuple[str, ...] = ("openid",)
    audience: str = ""
    port: int = 0

    def gets_the_same_as(self, other: IssuerClient) -> bool:
        """Whether what the issuer gives here is good at the other's server too, as far as anybody can tell."""
        return self._gets == other._gets

    @property
    def _gets(self) -> tuple[str, str, str, frozenset[str]]:
        """Where the audience is not named to the issuer, the scopes may name it."""
        named = frozenset[str]() if self.audience else frozenset(self.scopes) - _USUAL
        return self.issuer, self.client_id, self.audience, named


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerTokens:
    """What an issuer gives. `renew_at`: when to ask for others, by this machine's clock; `refresh` may be empty."""

    access: str = field(repr=False)
    renew_at: datetime
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """A sign-in that a person confirms at `address` with `code`, within some time. `whole`: both in one address."""

    secret: str = field(repr=False)
    code: str
    address: str
    whole: str
    until: datetime
    pause: float

    def slower(self, seconds: float) -> DeviceCode:
        """Asked about less often, from now on."""
        return replace(self, pause=min(self.pause + seconds, LONGEST_PAUSE))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLogin:
    """`owner` and `scope` are as the server said at the sign-in. `expires`: of the token; `None`: it does not end.

    `client`: who signed the person in, if an issuer did; from `renew_at` on, `refresh` gets another token.
    `in_keyring`: the system keeps `token` and `refresh`, and they may be empty here; `no_keyring`: why it does
    not. `renews`: there is a `refresh` in the keyring.
    """

    server: str
    owner: str
    scope: str
    token: str = field(repr=False)
    expires: datetime | None = None
    client: IssuerClient | None = None
    refresh: str = field(default="", repr=False)
    renew_at: datetime | None = None
    in_keyring: bool = False
    no_keyring: str = ""
    renews: bool = False

    def is_old(self, now: datetime) -> bool:
        """Whether another token has to be asked for before the next call."""
        return self.renew_at is not None and now >= self.renew_at

    def renewed(self, tokens: IssuerTokens) -> ServerLogin:
        """With what the issuer gave now. One that gives no new refresh token lets the old one stand."""
        refresh = tokens.refresh or self.refresh
        return replace(self, token=tokens.access, refresh=refresh, renew_at=tokens.renew_at, expires=None)


def server_address(text: str) -> str:
    """The server that a person means; `https://` may be left out."""
    whole = text.strip() if "://" in text else f"https://{text.strip()}"
    try:
        parts = urlsplit(whole)
        # As it is looked up. A name that cannot be is a `UnicodeError`, which is a `ValueError`.
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        host, port = "", None
    if (
        not _HOST.fullmatch(host)
        or parts.username is not None
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise UsageError(
            f"{text[:100]!r} is not the address of a server. Write one such as https://helium.example.com."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _HERE):
        raise UsageError(f"{text[:100]!r} does not begin with https://, so others could read your token on the way.")
    name = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in (None, usual) else "")
