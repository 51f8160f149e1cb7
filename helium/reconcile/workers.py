"""Where the calls of a pass run side by side, and how it waits for them.

The pass itself knows no thread: a test that walks through every order of events gives workers of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Condition, Event, Thread
from time import monotonic
from typing import Protocol


class Workers(Protocol):
    """Runs calls side by side. Only the thread of the pass calls these methods; the calls themselves never raise."""

    def now(self) -> float:
        """Seconds since some moment; they never go back."""

    def start(self, call: Callable[[], None]) -> None:
        """Begin a call, and go on at once."""

    def wait(self, seconds: float) -> None:
        """Return when a call has ended since the last `wait`, or after so many seconds."""

    def every(self, seconds: float, call: Callable[[], None]) -> AbstractContextManager[None]:
        """Make this call again and again meanwhile, beside all others."""


class ThreadWorkers:
    """A thread for each call."""

    def __init__(self) -> None:
        self._ended = Condition()
        self._unseen = 0

    def now(self) -> float:
        """The monotonic clock."""
        return monotonic()

    def start(self, call: Callable[[], None]) -> None:
        """In a thread of its own."""
        Thread(target=self._run, args=(call,), name="stack").start()

    def wait(self, seconds: float) -> None:
        """Signals interrupt it."""
        with self._ended:
            self._ended.wait_for(lambda: self._unseen, timeout=seconds)
            self._unseen = 0

    @contextmanager
    def every(self, seconds: float, call: Callable[[], None]) -> Iterator[None]:
        """In one more thread, which ends with the block."""
        over = Event()
        thread = Thread(target=_repeat, args=(call, seconds, over), name="timer", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _run(self, call: Callable[[], None]) -> None:
        try:
            call()
        finally:
            with self._ended:
                self._unseen += 1
                self._ended.notify_all()


def _repeat(call: Callable[[], None], seconds: float, over: Event) -> None:
    while not over.wait(seconds):
        call()
