"""A chain of commits in the mirror, one for each request, each asked of main as the ones before it leave it.

What a request's `edit` raises is its own. A request that is refused or changes nothing has no commit: its verdict
stands only once it is known that main was where the chain begins. Refuses what no door may write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helium.adapters.door.requests import BY, REQUEST
from helium.adapters.door.tickets import Ticket
from helium.adapters.door.views import MirrorView
from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.read import tree_of
from helium.adapters.git_repo.trees import edited, writing
from helium.adapters.git_repo.write import check, message, signature
from helium.errors import HeliumError
from helium.reconcile.ports import Edit, Request

Asking = Callable[[Request, MirrorView], Sequence[Edit] | BaseException]
"""Asks a request for its edits; what it raises is given back."""
Verdict = str | BaseException


@dataclass(frozen=True, slots=True)
class Chain:
    """From `base` to `head`: the verdict of each ticket, and which of them have commits of their own."""

    base: MirrorView
    head: MirrorView
    verdicts: tuple[tuple[Ticket, Verdict], ...]
    committed: tuple[Ticket, ...]

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All, in their order."""
        return tuple(ticket for ticket, _ in self.verdicts)


def chained(clone: Clone, base: MirrorView, *, tickets: Sequence[Ticket], ask: Asking) -> Chain:
    """The chain on `base`, in the order of the tickets. Nothing is visible of it until it is pushed."""
    view, verdicts, committed = base, list[tuple[Ticket, Verdict]](), list[Ticket]()
    for ticket in tickets:
        following = _next(clone, view, request=ticket.request, ask=ask)
        if isinstance(following, BaseException):
            verdicts.append((ticket, following))
            continue
        if following is not view:
            committed.append(ticket)
        view = following
        verdicts.append((ticket, view.commit))
    return Chain(base, view, tuple(verdicts), tuple(committed))


def _next(clone: Clone, view: MirrorView, *, request: Request, ask: Asking) -> MirrorView | BaseException:
    edits = ask(request, view)
    if isinstance(edits, BaseException):
        return edits
    try:
        return _made(clone, view, request=request, edits=edits)
    except HeliumError as error:
        return error


def _made(clone: Clone, view: MirrorView, *, request: Request, edits: Sequence[Edit]) -> MirrorView:
    """The view with the edits in it; the same view when they change nothing."""
    if not edits:
        return view
    check(edits)
    author = signature(request.by)
    text = message(request.message, {REQUEST: request.id, BY: request.by})
    with writing(clone.repository):
        repository = clone.repository
        blobs = {edit.path: None if edit.data is None else repository.create_blob(edit.data) for edit in edits}
        tree = tree_of(repository, view.commit)
        new = edited(repository, tree, edits=blobs)
        if new == tree.id:
            return view
        made = repository.create_commit(None, author, clone.committer(), text, new, [view.commit])
    return view.after(str(made), edits=edits)
