"""A batch: one commit for each request, each on top of the one before, written into the mirror and not pushed yet.

Each request looks at main as the requests before it leave it. One that is refused, or that changes nothing, gets no
commit; its answer is true only once it is certain that main is where the batch begins. Refuses to write anything but
specs (`write.check`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helium.adapters.commit_queue.fast_import import CommitToWrite, commit_of, fast_import
from helium.adapters.commit_queue.isolation import attempt
from helium.adapters.commit_queue.queue import Ticket
from helium.adapters.commit_queue.removals import removal_of
from helium.adapters.commit_queue.views import MirrorView
from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.write import check
from helium.core.removal_requests import RemovalRequest
from helium.errors import HeliumError
from helium.ports.commit_queue import Request

Answer = str | Exception
"""A commit's id, or what the request's sender gets to see instead."""


@dataclass(frozen=True, slots=True)
class Batch:
    """From `base` to `head`: the answer for each ticket, which have commits of their own, and what those remove."""

    base: MirrorView
    head: MirrorView
    answers: tuple[tuple[Ticket, Answer], ...]
    committed: tuple[Ticket, ...]
    removals: tuple[RemovalRequest, ...] = ()

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All of them, in their order."""
        return tuple(ticket for ticket, _ in self.answers)


@dataclass(frozen=True, slots=True)
class _Step:
    """What one request adds to a batch: its commit, and main as that leaves it."""

    view: MirrorView
    commit: CommitToWrite


def batch_of(clone: Clone, base: MirrorView, *, tickets: Sequence[Ticket]) -> Batch:
    """The batch on `base`, in the order of the tickets. Nobody sees its commits before they are pushed."""
    view, commits, committed = base, list[CommitToWrite](), list[Ticket]()
    positions = list[tuple[Ticket, int | Exception]]()
    for ticket in tickets:
        step = _step(view, ticket.request)
        if isinstance(step, _Step):
            view = step.view
            commits.append(step.commit)
            committed.append(ticket)
        # A request without a commit is answered with the last commit before it: that is main as it wanted it.
        positions.append((ticket, step if isinstance(step, Exception) else len(commits)))
    # All ids at once, since git writes a hundred commits in one go far faster than a hundred times one.
    ids = (base.commit, *fast_import(clone, base.commit, commits=commits))
    made = zip(committed, commits, strict=True)
    removals = tuple(each for ticket, commit in made if (each := removal_of(ticket.request, commit.edits)))
    answers = tuple((ticket, at if isinstance(at, Exception) else ids[at]) for ticket, at in positions)
    return Batch(base, view.at(ids[-1]) if commits else base, answers, tuple(committed), removals)


def _step(view: MirrorView, request: Request) -> _Step | Exception | None:
    """What the request adds on top of `view`; its refusal; `None` when it changes nothing."""
    edits = attempt(lambda: request.edit(view))
    if isinstance(edits, Exception):
        return edits
    if not edits:
        return None
    try:
        check(edits)
        after = view.edited(edits)
        modes = ["" if edit.data is None else after.mode(edit.path) for edit in edits]
        commit = commit_of(request, edits, modes=modes)
    except HeliumError as error:
        return error
    return None if after is view else _Step(after, commit)
