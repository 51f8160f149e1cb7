"""Answers tickets: one chain of commits, one push. What was not acknowledged by the remote is not acknowledged here.

A lost race begins again on the new head, after a look for our own commits there. Of a push that the remote refuses,
each half is tried, so that the guilty request alone gets its sentence. Nothing is forced.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from helium.adapters.commit_queue.batch import Batch, batched
from helium.adapters.commit_queue.mirror import Mirror
from helium.adapters.commit_queue.queue import Queue, Ticket
from helium.adapters.commit_queue.views import MirrorView
from helium.errors import HeadMovedError, KeyReusedError, PushInDoubtError, SourceError, UnreachableError
from helium.ports.commit_queue import Request
from helium.ports.repo import Edit

LOG = logging.getLogger(__name__)
PATIENCE = 60.0
"""Seconds after which a request is given up rather than tried again."""
_LONGEST = 0.5
_LOSSES = 3


@dataclass(slots=True)
class Figures:
    """Counts since the start: commits acknowledged, pushes tried, races lost, pushes refused or gone astray."""

    commits: int = 0
    pushes: int = 0
    races: int = 0
    refusals: int = 0
    losses: int = 0


class Committer:
    """One thread settles. `edits` runs the requests' own code, so that whatever it raises comes back as a value."""

    def __init__(self, mirror: Mirror, tickets: Queue, *, edits: Executor, interval: float) -> None:
        self._mirror, self._tickets, self._edits = mirror, tickets, edits
        self._interval = interval
        self._pushed = -interval
        self.figures = Figures()

    def settle(self, tickets: Sequence[Ticket]) -> None:
        """Answer every one of them."""
        turn = 0
        while tickets := self._unknown(tickets):
            turn += 1
            try:
                batch = batched(self._mirror.clone, self._mirror.view, tickets=tickets, ask=self._ask)
            except SourceError as error:
                if turn < _LOSSES and self._mirror.mend():
                    continue
                reject(tickets, error)
                return
            try:
                self._publish(batch)
            except HeadMovedError as error:
                self.figures.races += 1
                if not self._again(batch, error, turn=turn):
                    return
            except UnreachableError as error:
                if not self._wrong_cluster(batch, error, turn=turn):
                    return
            except SourceError as error:
                self._refused(batch, error)
                return
            else:
                self._acknowledge(batch)
                return

    def rest(self) -> None:
        """Wait as long as the host asks between two pushes."""
        self._tickets.rest(self._pushed + self._interval - time.monotonic())

    def _ask(self, request: Request, view: MirrorView) -> Sequence[Edit] | BaseException:
        asked = self._edits.submit(request.edit, view)
        return asked.exception() or asked.result()

    def _unknown(self, tickets: Sequence[Ticket]) -> Sequence[Ticket]:
        """Those that main has neither done nor under another wish's key; the others are answered."""
        unknown = []
        for ticket in tickets:
            try:
                commit = self._mirror.requests.found(ticket.request)
            except KeyReusedError as error:
                ticket.answer.set_exception(error)
                continue
            if commit is None:
                unknown.append(ticket)
            else:
                ticket.answer.set_result(commit)
        return unknown

    def _publish(self, batch: Batch) -> None:
        """Bring the chain to the remote; where it has no commit, make sure that main is where it begins."""
        if batch.committed:
            self.rest()
            self._pushed = time.monotonic()
            self.figures.pushes += 1
            self._mirror.push(batch.head.commit)
            self._mirror.pushed(batch.head)
        elif any(ticket.asked > self._mirror.seen for ticket, _ in batch.verdicts):
            self._mirror.fetch()
            if self._mirror.view.commit != batch.base.commit:
                raise HeadMovedError("main is elsewhere by now")

    def _acknowledge(self, batch: Batch) -> None:
        self.figures.commits += len(batch.committed)
        for ticket, verdict in batch.verdicts:
            if isinstance(verdict, BaseException):
                ticket.answer.set_exception(verdict)
            else:
                ticket.answer.set_result(verdict)

    def _again(self, batch: Batch, error: HeadMovedError, *, turn: int) -> bool:
        """Look at the remote's new head; whether to try on it. Who cannot be, is told."""
        if turn > 1:
            self._tickets.rest(random.uniform(0.0, min(_LONGEST, 0.01 * 2**turn)))
        if not self._looked(batch):
            return False
        if turn == 1 or time.monotonic() - min(ticket.asked for ticket in batch.tickets) < PATIENCE:
            return True
        reject(self._unknown(batch.tickets), error)
        return False

    def _wrong_cluster(self, batch: Batch, error: UnreachableError, *, turn: int) -> bool:
        """The push failed, or may have landed. The new head tells, if it can be had; a third loss ends it."""
        self.figures.losses += 1
        if isinstance(error, PushInDoubtError):
            for ticket in batch.committed:
                ticket.doubt = str(error)
        if not self._looked(batch):
            return False
        if self._mirror.mend() or turn < _LOSSES:
            return True
        reject(self._unknown(batch.tickets), error)
        return False

    def _looked(self, batch: Batch) -> bool:
        """Fetch; if that cannot be, all are told. A push that lost against another's can land no more."""
        try:
            self._mirror.fetch()
        except SourceError as error:
            reject(batch.tickets, error)
            return False
        if self._mirror.view.commit != batch.base.commit:
            for ticket in batch.tickets:
                ticket.doubt = ""
        return True

    def _refused(self, batch: Batch, error: SourceError) -> None:
        """The remote said no to the push: the one request's fault, or that of one of several."""
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
    """Tell each that it failed; those whose commit may have landed, that it is not known."""
    for ticket in tickets:
        if not ticket.answer.done():
            ticket.answer.set_exception(_told(ticket, error))


def _told(ticket: Ticket, error: SourceError) -> SourceError:
    if ticket.doubt:
        todo = "Send it again with the same Idempotency-Key: it is never done twice."
        return PushInDoubtError(f"the commit of request {ticket.request.id}", ticket.doubt, todo=todo)
    return (UnreachableError if isinstance(error, UnreachableError) else type(error))(str(error))
