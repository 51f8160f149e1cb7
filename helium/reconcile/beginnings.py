"""What a pass begins: what finds a slot, and where pushes are counted, what is announced before there is one.

A host that asks for a rest between two pushes would otherwise keep a free slot waiting for it. So the push that begins
what finds a slot announces some more. Whatever begins after its announcement has a last look, as a destroy has: its
file may have changed or gone, and then it is put back. Nothing is begun that the ledger does not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from helium.core.plan import Code, Work
from helium.ports.progress import Progress
from helium.reconcile.apply import ApplyContext, one_change, put_back
from helium.reconcile.pass_options import PassOptions
from helium.reconcile.rounds import Rounds
from helium.reconcile.term import Term
from helium.reconcile.work_queue import WorkQueue
from helium.reconcile.workers import Workers


class Beginnings:
    """What one pass begins. `left`: what is due, and is neither begun nor announced."""

    def __init__(
        self, queue: WorkQueue, term: Term, *, pace: Rounds, progress: Progress, workers: Workers, options: PassOptions
    ) -> None:
        self.queue, self.term, self.pace, self.progress, self.workers = queue, term, pace, progress, workers
        self.options = options
        self.left: tuple[Work, ...] = ()
        self._contexts: dict[str, ApplyContext] = {}

    @property
    def may_announce(self) -> bool:
        """Whether the host has had its rest. Where nothing is at work, a wait would only cost time."""
        return self.queue.idle or self.term.writer.may_push

    @property
    def unwritten(self) -> frozenset[str]:
        """The names that have ended, and of which the ledger does not say so yet: they wait for the next push."""
        if not self.term.writer.rests or self.queue.idle:
            return frozenset()
        return frozenset(name for name in self.term.begun if self.term.writer.has_unwritten(name))

    def chosen(self, work: Sequence[Work]) -> tuple[Work, ...]:
        """What finds a slot, and what is announced with it."""
        due = self.pace.due(work, now=self.workers.now())
        chosen = self.queue.chosen(due)
        self.left = tuple(change for change in due if change not in chosen)
        if chosen and self.term.writer.rests:
            early = self.queue.early(self.left)
            self.left = tuple(change for change in self.left if change not in early)
            chosen += early
        return chosen

    def announced(self, work: Sequence[Work], at_end: ExitStack) -> list[Work]:
        """Those of them that are this pass's now: the ledger says so."""
        ours = self.term.announced(work, self.options, at_end=at_end)
        for change in work:
            if change not in ours:
                self.pace.put_back(change, now=self.workers.now())
        return ours

    def start(self, work: Sequence[Work]) -> None:
        """Start what was announced, as soon as there is a slot for it."""
        self.progress.planned(work)
        for change in work:
            context = self._contexts[change.name] = replace(self.term.context, looks_last=self.term.writer.rests)
            self.queue.add(change, partial(one_change, change, context))
        self.queue.start()

    def withdraw(self, why: str) -> None:
        """Put back what has not begun, because this pass begins nothing more."""
        for change in self.queue.withdrawn():
            put_back(change, self._contexts[change.name], code=Code.CHANGED_MEANWHILE, why=why)
            del self.term.begun[change.name]
