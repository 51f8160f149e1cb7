"""What people ask for by pull requests, on the pages: how each stands, and where to look at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helium.api.index import Index
from helium.api.pages.history import link
from helium.core.change_request import RequestInProgress, RequestProgress, Verb
from helium.core.deadlines import format_instant
from helium.core.fleet import PULL_REQUEST

_DOES = {
    Verb.CREATE: "Create it",
    Verb.PUT: "Create or update it",
    Verb.UPDATE: "Change it",
    Verb.REMOVE: "Delete it",
    Verb.RESTORE: "Put it back",
}


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request as a page shows it. `url`: its pull request, empty until the host has it."""

    does: str
    progress: str
    sentence: str
    by: str
    at: str
    url: str
    number: int


def done(index: Index, said: str) -> str:
    """What to say of a form that was sent: where main takes only pull requests, nothing is done yet."""
    return "asked" if index.fleet.write == PULL_REQUEST else said


def capital(sentence: str) -> str:
    """The same, at the beginning of a line."""
    return sentence[:1].upper() + sentence[1:]


def request_lines(requests: Iterable[RequestInProgress]) -> tuple[RequestLine, ...]:
    """Those that wait, and those that ended without a merge; what was merged is in the history."""
    return tuple(_line(each) for each in requests if each.progress is not RequestProgress.MERGED)


def _line(each: RequestInProgress) -> RequestLine:
    request, shared = each.request, each.shared
    moves = request.verb is Verb.UPDATE and set(request.fields) == {"expiry"}
    does = "Move its deadline" if moves else _DOES[request.verb]
    by = request.by.rpartition(" <")[0] or request.by
    at = format_instant(request.at)
    return RequestLine(does, each.progress, capital(each.sentence), by, at, link(shared.url), shared.number)
