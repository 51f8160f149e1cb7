"""The requests that wait for a push, each as a ticket with the answer that it will get.

A request that is sent twice at a time is one ticket, for which two callers wait. Refuses more requests than its limit,
and every request once it is closed.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from helium.errors import QueueBusyError
from helium.ports.commit_queue import Request


@dataclass(slots=True, eq=False)
class Ticket:
    """One request under way. `queued_at`: monotonic seconds. `doubt`: why nobody knows whether its push has landed."""

    request: Request
    answer: Future[str] = field(default_factory=Future)
    queued_at: float = field(default_factory=time.monotonic)
    doubt: str = ""


class Queue:
    """Any thread puts requests in; one thread takes tickets out."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._waiting: OrderedDict[str, Ticket] = OrderedDict()
        self._under_way: dict[str, Ticket] = {}
        self._changed = threading.Condition()
        self._poked = False
        self._closed = False

    def put(self, request: Request) -> Ticket:
        """A ticket for the request: the one that it has already, or a new one. `QueueBusyError` when full or closed."""
        with self._changed:
            known = self._under_way.get(request.id) or self._waiting.get(request.id)
            if known is not None and not known.answer.done():
                return known
            if self._closed:
                raise QueueBusyError("Helium is stopping and takes no more requests. Try again in a moment.")
            if len(self._waiting) >= self._most:
                raise QueueBusyError(f"{self._most} requests are waiting for a push already. Try again in a moment.")
            ticket = self._waiting[request.id] = Ticket(request)
            self._changed.notify_all()
            return ticket

    def take(self, most: int) -> tuple[Ticket, ...]:
        """The tickets that waited longest, at most so many; they are under way until `done`."""
        with self._changed:
            taken = tuple(self._waiting.popitem(last=False)[1] for _ in range(min(most, len(self._waiting))))
            self._under_way |= {ticket.request.id: ticket for ticket in taken}
            return taken

    def gather(self, least: int, *, share: Callable[[], int], over: threading.Event) -> tuple[Ticket, ...]:
        """A share of them as soon as so many wait; nothing once it is `over`. Call `wake` after setting that."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) >= least or over.is_set())
            return () if over.is_set() else self.take(share())

    def wake(self) -> None:
        """Let `gather` see that it is over."""
        with self._changed:
            self._changed.notify_all()

    def done(self, tickets: Sequence[Ticket]) -> None:
        """These were answered: the next request with such an id is a new one."""
        with self._changed:
            for ticket in tickets:
                self._under_way.pop(ticket.request.id, None)

    def wait(self, seconds: float) -> bool:
        """Block until there is a ticket, a poke, or the end; whether to fetch now: nobody waits, or somebody poked."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._poked or self._closed, max(0.0, seconds))
            look = self._poked or not (self._waiting or self._closed)
            self._poked = False
            return look

    def rest(self, seconds: float) -> None:
        """Let tickets gather for some seconds; `close` cuts it short."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, max(0.0, seconds))

    def poke(self) -> None:
        """Wake the thread in `wait`, so that it fetches."""
        with self._changed:
            self._poked = True
            self._changed.notify_all()

    def close(self) -> None:
        """Take nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether it takes no more requests."""
        return self._closed

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)
