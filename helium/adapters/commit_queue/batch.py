"""A chain of commits in the mirror, one for each request, each asked of main as the ones before it leave it.

What a request's `edit` raises is its own. A request that is refused or changes nothing has no commit: its verdict
stands only once it is known that main was where the chain begins. Refuses what no door may write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helium.adapters.commit_queue.fast_import import Draft, draft, written
from helium.adapters.commit_queue.queue import Ticket
from helium.adapters.commit_queue.views import MirrorView
from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.write import check
from helium.errors import HeliumError
from helium.ports.commit_queue import Request
from helium.ports.repo import Edit

Asking = Callable[[Request, MirrorView], Sequence[Edit] | BaseException]
"""Asks a request for its edits; what it raises is given back."""
Verdict = str | BaseException


@dataclass(frozen=True, slots=True)
class Batch:
    """From `base` to `head`: the verdict of each ticket, and which of them have commits of their own."""

    base: MirrorView
    head: MirrorView
    verdicts: tuple[tuple[Ticket, Verdict], ...]
    committed: tuple[Ticket, ...]

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All, in their order."""
        return tuple(ticket for ticket, _ in self.verdicts)


def batched(clone: Clone, base: MirrorView, *, tickets: Sequence[Ticket], ask: Asking) -> Batch:
    """The chain on `base`, in the order of the tickets. Nothing is visible of it until it is pushed."""
    view, drafts = base, list[Draft]()
    asked, committed = list[tuple[Ticket, int | BaseException]](), list[Ticket]()
    for ticket in tickets:
        following = _next(view, request=ticket.request, ask=ask)
        if isinstance(following, tuple):
            view = following[0]
            drafts.append(following[1])
            committed.append(ticket)
        asked.append((ticket, following if isinstance(following, BaseException) else len(drafts)))
    ids = (base.commit, *written(clone, base.commit, drafts=drafts))
    verdicts = tuple((each, said if isinstance(said, BaseException) else ids[said]) for each, said in asked)
    return Batch(base, view.at(ids[-1]) if drafts else base, verdicts, tuple(committed))


def _next(view: MirrorView, *, request: Request, ask: Asking) -> tuple[MirrorView, Draft] | BaseException | None:
    """What comes after `view` and how; `None` when nothing would change."""
    edits = ask(request, view)
    if isinstance(edits, BaseException):
        return edits
    try:
        return _drafted(view, request=request, edits=edits)
    except HeliumError as error:
        return error


def _drafted(view: MirrorView, *, request: Request, edits: Sequence[Edit]) -> tuple[MirrorView, Draft] | None:
    if not edits:
        return None
    check(edits)
    after = view.edited(edits)
    modes = ["" if edit.data is None else after.mode(edit.path) for edit in edits]
    made = draft(request, edits, modes=modes)
    return None if after is view else (after, made)
