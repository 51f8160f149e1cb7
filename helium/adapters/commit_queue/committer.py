"""Answers tickets: makes a batch of commits, pushes it, and tells each sender. Nothing is acknowledged before the push.

When somebody else pushed first, it begins again on the new head, after it has looked whether its own commits are there.
When the remote refuses a push of several commits, each half is tried by itself until the guilty request is alone, so
that only its sender sees the refusal. It never forces a push.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from helium.adapters.commit_queue.ahead import Ahead
from helium.adapters.commit_queue.batch import Batch, batch_of
from helium.adapters.commit_queue.mirror import Mirror
from helium.adapters.commit_queue.queue import Queue, Ticket
from helium.adapters.commit_queue.removals import Noting, note, notes_nothing
from helium.adapters.commit_queue.views import MirrorView
from helium.errors import HeadMovedError, KeyReusedError, PushInDoubtError, SourceError, UnreachableError

LOG = logging.getLogger(__name__)
PATIENCE = 60.0
"""Seconds after which a request that keeps losing against other writers is given up."""
_FEW = 50
"""So many requests always go together; of more, half."""
_LONGEST = 0.5
_MAX_LOSSES = 3


@dataclass(slots=True)
class QueueFigures:
    """Counts since the start: commits acknowledged, pushes tried, races lost, pushes refused or lost on their way."""

    commits: int = 0
    pushes: int = 0
    races: int = 0
    refusals: int = 0
    losses: int = 0


class Committer:
    """Used by one thread. `noting`: notes in the ledger what requests take away."""

    def __init__(self, mirror: Mirror, tickets: Queue, *, interval: float, share: int) -> None:
        self._mirror, self._tickets = mirror, tickets
        self._interval, self._most = interval, share
        self._pushed = -interval
        self.ahead = Ahead(tickets, self._batch_on, least=_FEW, share=self._share)
        self.noting: Noting = notes_nothing
        self.figures = QueueFigures()

    def take(self) -> Sequence[Ticket]:
        """The requests that go next."""
        return self._tickets.take(self._share())

    def _share(self) -> int:
        """How many of those that wait go together: half of many, and all where the host wants a rest between pushes.

        If all went, git would have nothing to push while their senders are answered and ask again, and the senders
        nobody to answer them while git pushes. With halves, one of them is always being pushed.
        """
        return self._most if self._interval else min(self._most, max(_FEW, len(self._tickets) // 2))

    def settle(self, tickets: Sequence[Ticket]) -> None:
        """Answer every one of them."""
        turn = 0
        # Main may have some of them already: from an earlier try, or from before a restart. Those are not done twice.
        while tickets := self._not_on_main(tickets):
            turn += 1
            try:
                view = self._mirror.view
                batch = self.ahead.batch(view, tickets) or self._batch_on(view, tickets)
            except SourceError as error:
                # No request is to blame: the mirror cannot be read or written.
                if turn < _MAX_LOSSES and self._mirror.mend():
                    continue
                reject(tickets, error)
                return
            try:
                with self._beside(batch):
                    self._publish(batch)
                    self._acknowledge(batch)
                return
            except HeadMovedError as error:
                self.figures.races += 1
                if not self._try_again(batch, error, turn=turn):
                    return
            except UnreachableError as error:
                if not self._after_lost_push(batch, error, turn=turn):
                    return
            except SourceError as error:
                self._refused(batch, error)
                return

    def _batch_on(self, view: MirrorView, tickets: Sequence[Ticket]) -> Batch:
        return batch_of(self._mirror.clone, view, tickets=tickets)

    def _beside(self, batch: Batch) -> AbstractContextManager[None]:
        """What goes on while the batch is pushed. A host that wants a rest gets the more in one push for waiting."""
        return self.ahead.on(batch.head) if batch.committed and not self._interval else nullcontext()

    def rest(self) -> None:
        """Wait as long as the host wants between two pushes."""
        self._tickets.rest(self._pushed + self._interval - time.monotonic())

    def _not_on_main(self, tickets: Sequence[Ticket]) -> Sequence[Ticket]:
        """The tickets that still need a commit; the others are answered with theirs, or refused for a reused key."""
        open_tickets = []
        for ticket in tickets:
            try:
                commit = self._mirror.requests.found(ticket.request)
            except KeyReusedError as error:
                ticket.answer.set_exception(error)
                continue
            if commit is None:
                open_tickets.append(ticket)
            else:
                ticket.answer.set_result(commit)
        return open_tickets

    def _publish(self, batch: Batch) -> None:
        """Push the batch. Where it has no commit, make sure that main is still where the answers were looked up."""
        if batch.committed:
            self.rest()
            note(self.noting, batch.removals)
            self._pushed = time.monotonic()
            self.figures.pushes += 1
            self._mirror.push(batch.head.commit)
            self._mirror.pushed(batch.head)
        # "Nothing to do" must be true of a main that is newer than the request, or it would miss the push before it.
        elif any(ticket.queued_at > self._mirror.seen for ticket, _ in batch.answers):
            self._mirror.fetch()
            if self._mirror.view.commit != batch.base.commit:
                raise HeadMovedError("Main has moved meanwhile.")

    def _acknowledge(self, batch: Batch) -> None:
        self.figures.commits += len(batch.committed)
        for ticket, answer in batch.answers:
            if isinstance(answer, Exception):
                ticket.answer.set_exception(answer)
            else:
                ticket.answer.set_result(answer)

    def _try_again(self, batch: Batch, error: HeadMovedError, *, turn: int) -> bool:
        """Fetch the new head; whether to write the batch again on it. If not, everybody was told."""
        # Not at once after the first loss: several writers that try in step would lose against each other for ever.
        if turn > 1:
            self._tickets.rest(random.uniform(0.0, min(_LONGEST, 0.01 * 2**turn)))
        if not self._fetch(batch):
            return False
        if turn == 1 or time.monotonic() - min(ticket.queued_at for ticket in batch.tickets) < PATIENCE:
            return True
        reject(self._not_on_main(batch.tickets), error)
        return False

    def _after_lost_push(self, batch: Batch, error: UnreachableError, *, turn: int) -> bool:
        """The push failed, or it landed and the answer was lost. The new head tells which; the third loss ends it."""
        self.figures.losses += 1
        if isinstance(error, PushInDoubtError):
            for ticket in batch.committed:
                ticket.doubt = error.why
        if not self._fetch(batch):
            return False
        if self._mirror.mend() or turn < _MAX_LOSSES:
            return True
        reject(self._not_on_main(batch.tickets), error)
        return False

    def _fetch(self, batch: Batch) -> bool:
        """Whether the remote could be asked; if not, everybody was told."""
        try:
            self._mirror.fetch()
        except SourceError as error:
            reject(batch.tickets, error)
            return False
        # Main moved on without the push that was in doubt: unforced, it cannot land any more.
        if self._mirror.view.commit != batch.base.commit:
            for ticket in batch.tickets:
                ticket.doubt = ""
        return True

    def _refused(self, batch: Batch, error: SourceError) -> None:
        """The remote refused the push, for the sake of one request or of several. Halving finds them."""
        self.figures.refusals += 1
        tickets = batch.tickets
        if len(batch.committed) < 2:
            reject(batch.committed, error)
            self.settle([ticket for ticket in tickets if ticket not in batch.committed])
        else:
            half = len(tickets) // 2
            self.settle(tickets[:half])
            self.settle(tickets[half:])


def reject(tickets: Sequence[Ticket], error: SourceError) -> None:
    """Tell each sender who has no answer yet that it failed, or that it is not certain whether it did."""
    for ticket in tickets:
        if not ticket.answer.done():
            ticket.answer.set_exception(_error_for(ticket, error))


def _error_for(ticket: Ticket, error: SourceError) -> SourceError:
    if ticket.doubt:
        todo = "Send it again with the same Idempotency-Key: it is never done twice."
        return PushInDoubtError(f"the commit of request {ticket.request.id}", ticket.doubt, todo=todo)
    # One object each: several threads raise them, and each adds its own traceback.
    return (UnreachableError if isinstance(error, UnreachableError) else type(error))(str(error))
