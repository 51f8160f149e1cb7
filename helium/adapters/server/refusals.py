"""What a server said, and the error for an answer that is no success: the server's own sentence, with its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from helium.core.server_errors import (
    NotSignedInError,
    ServerAwayError,
    ServerError,
    ServerInvalidError,
    ServerNotFoundError,
    ServerRefusedError,
)
from helium.errors import HeliumError, Issue, NotSupportedError, SpecError, UsageError

_LONGEST = 4000
_NO_PATH = "There is nothing at this path"
"""How a Helium answers that does not know a call: an older one."""


class ProblemPlace(msgspec.Struct, frozen=True):
    """One error that the server names, and where it is."""

    sentence: str
    pointer: str = ""
    path: str = ""
    line: int = 0


class ServerProblem(msgspec.Struct, frozen=True):
    """An `application/problem+json`. `sentence`: the same without what only a program that speaks HTTP can do."""

    detail: str
    sentence: str = ""
    errors: list[ProblemPlace] | None = None


@dataclass(frozen=True, slots=True)
class ServerReply:
    """An answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether it says so: a proxy's page does not."""
        return self._kind in ("application/json", "application/problem+json")

    @property
    def is_problem(self) -> bool:
        """Whether Helium itself says what is wrong, and not something in between."""
        return self._kind == "application/problem+json"

    @property
    def _kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def problem(self) -> ServerProblem | None:
        """What is wrong; `None` where it was not Helium that answered."""
        if not self.is_problem:
            return None
        try:
            return msgspec.json.decode(self.body, type=ServerProblem)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None


def retry_after(reply: ServerReply, *, otherwise: float) -> float:
    """Seconds to wait, as the answer says."""
    said = reply.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else otherwise


def refusal(reply: ServerReply, server: str, *, token: str, name: str = "") -> HeliumError:
    """The error for it. `name`: of the workspace that was asked about."""
    if 300 <= reply.status < 400:
        return ServerError(_sends_on(reply, server))
    found = reply.problem
    if found is None:
        return _not_helium(reply, server)
    sentence = (found.sentence or found.detail)[:_LONGEST]
    sentence = sentence.replace(token, "…") if token else sentence
    if reply.status == 401:
        return NotSignedInError(server, f"{server} does not let you in: {sentence}")
    if reply.status == 404:
        if sentence.startswith(_NO_PATH):
            return ServerError(f"{server} is a Helium that does not know this yet. Ask whoever runs it to update it.")
        return ServerNotFoundError(name, sentence)
    return _by_status(reply.status, found, sentence=sentence, name=name)


def _by_status(status: int, found: ServerProblem, *, sentence: str, name: str) -> HeliumError:
    if status == 422 and found.errors:
        return SpecError(Issue("", 1, 1, each.pointer, each.sentence[:_LONGEST]) for each in found.errors)
    if status == 409 and found.errors is not None:
        return ServerInvalidError(sentence)
    if status in (400, 413, 415, 422):
        return UsageError(sentence)
    if status == 501:
        return NotSupportedError(sentence)
    if status < 500 and status != 429:
        return ServerRefusedError(name, sentence)
    return ServerError(sentence) if status in (500, 502) else ServerAwayError(sentence)


def _sends_on(reply: ServerReply, server: str) -> str:
    to = urlsplit(reply.headers.get("location", ""))
    where = f"{to.scheme}://{to.netloc}" if to.netloc and to.scheme else "another page"
    return (
        f"{server} sends us on to {where} ({reply.status}), and your token does not go there. If that is your Helium, "
        f"sign in to it: helium login {where if to.netloc else 'URL'}"
    )


def _not_helium(reply: ServerReply, server: str) -> ServerError:
    kind = "a page for people" if "html" in reply.headers.get("content-type", "") else "not what a Helium answers"
    if reply.status in (502, 503, 504):
        return ServerError(f"Something before {server} answers {reply.status}, so the Helium behind it may be down.")
    return ServerError(
        f"{server} answers {reply.status} with {kind}. Is it the address of a Helium server? If it is, something in "
        "between answers for it, such as a proxy that wants you to sign in."
    )
