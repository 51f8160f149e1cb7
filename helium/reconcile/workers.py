"""Where the calls of a pass run side by side, and how it waits for them.

The pass itself knows no thread: a test that walks through every order of events gives workers of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread
from time import monotonic, sleep
from typing import Protocol

_MOST = 128
"""Twice as many as anybody may ask for: what is slow leaves its slot and not its thread."""


class Workers(Protocol):
    """Runs calls side by side. Only the thread of the pass calls these methods, but for `pause`."""

    def now(self) -> float:
        """Seconds since some moment; they never go back."""

    def start(self, call: Callable[[], None]) -> None:
        """Begin a call, and go on at once."""

    def wait(self, seconds: float) -> None:
        """Return when a call has ended since the last `wait`, or after so many seconds. Raises what the call raised."""

    def pause(self, seconds: float) -> None:
        """Let a call wait."""

    def every(self, seconds: float, call: Callable[[], None]) -> AbstractContextManager[None]:
        """Make this call again and again meanwhile, beside all others."""


class ThreadWorkers:
    """A thread for each call."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._running: set[Future[None]] = set()

    def now(self) -> float:
        """The monotonic clock."""
        return monotonic()

    def start(self, call: Callable[[], None]) -> None:
        """In a thread of its own: the caller counts how many there are."""
        self._pool = self._pool or ThreadPoolExecutor(_MOST, thread_name_prefix="stack")
        self._running.add(self._pool.submit(call))

    def wait(self, seconds: float) -> None:
        """Signals interrupt it."""
        if not self._running:
            sleep(seconds)
            return
        ended, self._running = wait(self._running, timeout=seconds, return_when=FIRST_COMPLETED)
        for each in ended:
            each.result()

    def pause(self, seconds: float) -> None:
        """In its own thread."""
        sleep(seconds)

    @contextmanager
    def every(self, seconds: float, call: Callable[[], None]) -> Iterator[None]:
        """In one more thread, which ends with the block."""
        over = Event()

        def repeat() -> None:
            while not over.wait(seconds):
                call()

        thread = Thread(target=repeat, name="timer", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
