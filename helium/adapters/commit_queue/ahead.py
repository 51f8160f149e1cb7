"""The next batch, written while the one before it is pushed: a guess that the push goes well.

Nobody is answered by a guess. Where main is not exactly the commit that it was written on, it is thrown away, and its
requests are judged again like any others. Refuses to guess for a few requests, whose senders would get no larger share.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from helium.adapters.commit_queue.batch import Batch
from helium.adapters.commit_queue.isolation import attempt
from helium.adapters.commit_queue.queue import Queue, Ticket
from helium.adapters.commit_queue.views import MirrorView

Writing = Callable[[MirrorView, Sequence[Ticket]], Batch]


class Ahead:
    """Used by one thread. `least`: so many must wait. `share`: how many of them go together."""

    def __init__(self, tickets: Queue, write: Writing, *, least: int, share: Callable[[], int]) -> None:
        self._tickets, self._write = tickets, write
        self._least, self._share = least, share
        self._taken: Sequence[Ticket] = ()
        self._batch: Batch | None = None

    @contextmanager
    def on(self, view: MirrorView) -> Iterator[None]:
        """Write the next batch on `view` in a thread of its own, while the block pushes what leads to that view."""
        if self._taken:
            # Those are to be answered first.
            yield
            return
        over = threading.Event()
        thread = threading.Thread(target=self._work, args=(view, over), name="commit-queue-ahead", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            self._tickets.wake()
            # Nothing else may touch the mirror before this has ended: it may be about to be cloned again.
            thread.join()

    def taken(self) -> Sequence[Ticket]:
        """The requests of the guess, for the caller to answer. They are under way."""
        taken, self._taken = self._taken, ()
        return taken

    def batch(self, view: MirrorView, tickets: Sequence[Ticket]) -> Batch | None:
        """The batch of exactly these, if it begins exactly here: what was pushed before it is main. Given out once.

        A wrong guess would not be believed elsewhere either: its push is refused, or a fetch shows another main.
        """
        batch, self._batch = self._batch, None
        if batch is None or batch.base.commit != view.commit or batch.tickets != tuple(tickets):
            return None
        return batch

    def _work(self, view: MirrorView, over: threading.Event) -> None:
        self._taken = taken = self._tickets.gather(self._least, share=self._share, over=over)
        if taken:
            batch = attempt(lambda: self._write(view, taken))
            # What went wrong goes wrong again where somebody is told of it.
            self._batch = None if isinstance(batch, Exception) else batch
