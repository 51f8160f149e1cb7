"""One call to a host's API, and its answer: what is asked for, which right it needs, and whether it may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from helium.core.digest import Json
from helium.core.host_errors import HostAwayError, HostError
from helium.core.host_place import HostPlace

T = TypeVar("T")
REPOSITORIES = "/repos/"


class HostInDoubtError(HostAwayError):
    """The connection broke during a call that creates something, so it may be there. Look before you repeat it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCall:
    """What to ask. `what`: as a sentence says it, after "cannot"; `right`: what the token needs for that.

    `path`: behind the API's address, or a whole address of the same host.

    `creates`: done twice, it would be there twice. `takes`: statuses that the caller understands besides success.
    """

    method: str
    path: str
    what: str
    right: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Json] | None = None
    creates: bool = False
    takes: frozenset[int] = frozenset()

    @property
    def changes(self) -> bool:
        """Whether it changes something in a repository, which hosts count. A question by POST does not."""
        return self.method != "GET" and self.path.startswith(REPOSITORIES)


@dataclass(frozen=True, slots=True)
class RepositoryCalls:
    """Calls about one repository: both hosts call it `/repos/OWNER/NAME`."""

    place: HostPlace

    def get(
        self, path: str, *, what: str, right: str, takes: frozenset[int] = frozenset(), **query: str | int
    ) -> HostCall:
        """Ask for something."""
        return HostCall(method="GET", path=self._path(path), what=what, right=right, takes=takes, query=query)

    def send(self, method: str, path: str, *, body: Mapping[str, Json] | None, what: str, right: str) -> HostCall:
        """Change something."""
        return HostCall(method=method, path=self._path(path), what=what, right=right, body=body)

    def _path(self, path: str) -> str:
        return f"{REPOSITORIES}{self.place.repository}{path}"


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """What a host said in the end. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """The host's own words for a refusal, in one line; empty where it has none."""
        try:
            said = msgspec.json.decode(self.body, type=_Refusal).message
        except msgspec.MsgspecError:
            return ""
        return " ".join("".join(each if each.isprintable() else " " for each in said).split())[:200]

    @property
    def has_next(self) -> bool:
        """Whether another page follows. Its address is not used: behind a proxy, a host may not know its own."""
        return 'rel="next"' in self.headers.get("link", "")


def number_in(address: str) -> int:
    """The number of the pull request or issue that an address is of; 0, which none has, where it has another form."""
    last = address.rpartition("/")[2]
    return int(last) if last.isascii() and last.isdigit() else 0


class _Refusal(msgspec.Struct):
    message: str = ""


def decoded(answer: HostAnswer, kind: type[T], *, place: HostPlace, what: str) -> T:
    """The answer's body as a value; `HostError` for anything else, like a page for people."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        why = "its answer is a page for people" if "html" in answer.headers.get("content-type", "") else str(error)
        raise HostError(
            f"Helium cannot {what}, because it does not understand {place.name}: {why}. "
            f"Check host: in helium.yaml; {place.api} should be the address of its API."
        ) from None
