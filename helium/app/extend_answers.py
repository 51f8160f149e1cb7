"""The answer to `/extend` in a comment: one for each, which is edited once the pull request that extends is decided.

Whoever asked reads in the thread when the workspace ends, also where main takes only pull requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.app.summaries import summarized
from helium.core.deadlines import format_instant
from helium.core.host_errors import HostAwayError
from helium.core.lifetimes import why_later
from helium.core.obeyed import ObeyedComment, UnfinishedAnswer
from helium.core.pull_request import PullRequestState
from helium.errors import HeliumError
from helium.ports.host import Host
from helium.ports.ledger import Writes
from helium.reconcile.markdown import cell


@dataclass(frozen=True, slots=True)
class AnsweredComment:
    """What came of a comment, in a sentence. `commit`: of main; empty where nothing was written there."""

    number: int
    sentence: str
    commit: str = ""


def put_answer(host: Host, thread: int, *, id: int, to: str, said: str) -> None:
    """The one answer to a comment; what it said before is replaced."""
    host.put_comment(thread, purpose=f"extend-{id}", body=f"To {to}: {cell(said)}\n")


def ends_now(fleet: OpenFleet, name: str, *, words: str) -> str:
    """When a workspace ends by main as it is now; `words`: by what."""
    fleet.repo.fetch()
    row = summarized(fleet, (), now=clock()).rows.get(name)
    if row is None or row.deadline is None:
        return f"{name} ends at an unknown time now ({words})."
    return f"{name} ends at {format_instant(row.deadline)} now{why_later(row.moved_from)} ({words})."


def finished(
    fleet: OpenFleet, host: Host, *, obeyed: ObeyedComment, answer: UnfinishedAnswer
) -> Iterator[AnsweredComment]:
    """Say in the answer what became of its pull request, once somebody has merged or closed it."""
    words = f"pull request {answer.pull_request}"
    try:
        state = host.pull_request(answer.number).state
        if state is PullRequestState.OPEN:
            return
        merged = state is PullRequestState.MERGED
        said = ends_now(fleet, answer.name, words=words) if merged else f"Not extended: {words} was closed."
        put_answer(host, answer.thread, id=obeyed.id, to=answer.to, said=said)
    except HostAwayError:
        raise
    except HeliumError as error:
        said = f"{words} cannot be looked at: {error}"
    noted(fleet, obeyed, after=replace(obeyed, unfinished=None))
    yield AnsweredComment(answer.thread, f"comment {obeyed.id}: {said}")


def noted(fleet: OpenFleet, before: ObeyedComment, *, after: ObeyedComment) -> None:
    """Have the ledger remember the second instead of the first."""
    snapshot = fleet.ledger.read()
    known = snapshot.fleet_record
    if known is not None and before in known.obeyed:
        obeyed = tuple(after if each == before else each for each in known.obeyed)
        fleet.ledger.write(
            Writes(fleet_record=replace(known, obeyed=obeyed), message=f"Answer comment {after.id}"), on=snapshot
        )
