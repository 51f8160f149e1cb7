"""Threads that only go on when they are told to: each thread of a pass is a greenlet, and all stand in one real thread.

A thread runs alone until its next call of a port. Then the explorer says who goes on, and what the call has answered.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import greenlet  # type: ignore[import-untyped]

from tests.crash.killable import Killed
from tests.explorer.calls import CallAnswer, PortCall

WAITS = "wait"
"""The method of a thread that waits for time to pass."""
WRITES = "ledger.write"
"""Whoever writes the ledger holds the lock of the pass's writer."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class PassThread(greenlet.greenlet):  # type: ignore[misc]
    """One thread of a pass. `call` is what it stands at; `until`, what it waits for inside its pass."""

    def __init__(self, threads: PassThreads, number: int, work: Callable[[], Any]) -> None:
        super().__init__(self._goes, parent=greenlet.getcurrent() if number == 0 else threads.all[0].parent)
        self.threads = threads
        self.number = number
        self.call: PortCall | None = None
        self.until: Callable[[], bool] | None = None
        self.begun = self.over = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.past = hash(number)
        self._work = work

    def _goes(self) -> None:
        try:
            self.value = self._work()
        except greenlet.GreenletExit:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever ends a thread is its outcome
            self.error = error
        self.over = True

    def asks(self, call: PortCall) -> Any:
        """Stand at a call until it is answered."""
        if self.threads.dead:
            raise Killed
        self.call = call
        self.past = hash((self.past, call.method, call.text))
        answer = self.parent.switch()
        if self.threads.dead:
            raise Killed
        if answer.error is not None:
            # As it was made: what it met on its way, when it was raised before, would be kept with it.
            raise answer.error.with_traceback(None)
        return answer.value

    def waits(self, until: Callable[[], bool], *, seconds: float | None = None) -> None:
        """Stand still until something inside the pass has happened, or so much time has passed."""
        if self.threads.dead:
            raise Killed
        if not until():
            self.until = until
            if seconds is not None:
                self.call = PortCall(WAITS, (self.threads.now + timedelta(seconds=seconds),))
            self.parent.switch()
        if self.threads.dead:
            raise Killed


class PassThreads:
    """The threads of one pass, with the time that it is for them, and who is dead."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.all: list[PassThread] = []
        self.dead = False
        self._now = LONG_AGO
        self.asked = False
        self.start(work)

    @property
    def now(self) -> datetime:
        """The time. Whether a pass asked for it is kept: what it did without is the same at any time."""
        self.asked = True
        return self._now

    def start(self, work: Callable[[], Any]) -> PassThread:
        """One more thread. It begins when the one that runs now stands still."""
        thread = PassThread(self, len(self.all), work)
        self.all.append(thread)
        return thread

    @property
    def standing(self) -> tuple[tuple[int, PortCall], ...]:
        """Who stands at which call. While one writes the ledger, it holds the writer's lock: only that one goes on."""
        calls = tuple((thread.number, thread.call) for thread in self.all if thread.call is not None)
        writes = tuple(pair for pair in calls if pair[1].method == WRITES)
        return writes or calls

    def go_on(self, number: int | None, answer: CallAnswer, *, now: datetime) -> None:
        """Let one thread go on with its answer (`None`: let them begin), and whoever need no longer wait for it."""
        self._now, self.asked, ran = now, False, []
        if number is not None:
            thread = self.all[number]
            thread.call = thread.until = None
            thread.past = hash((thread.past, answer.key))
            thread.switch(answer)
            ran.append(thread)
        while (free := self._next()) is not None:
            free.call, free.until, free.begun = None, None, True
            free.past = hash((free.past, *(each.past for each in self.all)))
            free.switch()
            ran.append(free)
        for thread in ran if self.asked else ():
            thread.past = hash((thread.past, now))

    def _next(self) -> PassThread | None:
        if any(thread.call is not None and thread.call.method == WRITES for thread in self.all):
            return None
        for thread in self.all:
            if not thread.begun or (thread.until is not None and thread.until()):
                return thread
        return None

    def end(self) -> None:
        """The process is no more: nothing that its threads still want to do happens."""
        self.dead = True
        for thread in self.all:
            if thread.begun and not thread.over:
                thread.throw(Killed())


def here() -> PassThread:
    """The thread of a pass that runs now."""
    current = greenlet.getcurrent()
    assert isinstance(current, PassThread), "no pass runs here"
    return current


class SteppedWorkers:
    """The port `Workers`: each call is a thread of the pass, and to wait is a step."""

    def __init__(self) -> None:
        self._running: list[PassThread] = []

    def now(self) -> float:
        """By the world's clock."""
        return here().threads.now.timestamp()

    def start(self, call: Callable[[], None]) -> None:
        """In a thread of its own."""
        self._running.append(here().threads.start(call))

    def wait(self, seconds: float) -> None:
        """Until one has ended, or the time is over."""
        here().waits(lambda: any(thread.over for thread in self._running), seconds=seconds)
        ended = [thread for thread in self._running if thread.over]
        self._running = [thread for thread in self._running if not thread.over]
        for thread in ended:
            if thread.error is not None:
                raise thread.error

    def pause(self, seconds: float) -> None:
        """Until the time is over."""
        here().waits(lambda: False, seconds=seconds)

    @contextmanager
    def every(self, seconds: float, call: Callable[[], None]) -> Iterator[None]:
        """In one more thread."""
        over: list[bool] = []

        def repeat() -> None:
            while not over:
                here().waits(lambda: bool(over), seconds=seconds)
                if not over:
                    call()

        timer = here().threads.start(repeat)
        try:
            yield
        finally:
            over.append(True)
            here().waits(lambda: timer.over)


class PassFuture:
    """The future of a call on a thread of its own."""

    def __init__(self) -> None:
        self.thread: PassThread | None = None
        self.cancelled = False

    def done(self) -> bool:
        """Whether it is over."""
        return self.cancelled or (self.thread is not None and self.thread.over)

    def cancel(self) -> bool:
        """Take it back, if it has not begun."""
        self.cancelled = self.cancelled or self.thread is None
        return self.cancelled

    def result(self) -> Any:
        """What came of it, when it is over."""
        here().waits(self.done)
        if self.thread is None:
            raise concurrent.futures.CancelledError
        if self.thread.error is not None:
            raise self.thread.error
        return self.thread.value


class PassPool:
    """In place of `ThreadPoolExecutor`: so many at once, and the others when one of those is over."""

    def __init__(self, max_workers: int = 1, **_: object) -> None:
        self._most = max_workers
        self._futures: list[PassFuture] = []
        self._queue: list[tuple[PassFuture, Callable[[], Any]]] = []
        self._running = 0

    def submit(self, work: Callable[..., Any], *given: Any, **named: Any) -> PassFuture:
        """Start it as soon as a thread is free."""
        future = PassFuture()
        self._futures.append(future)
        self._queue.append((future, lambda: work(*given, **named)))
        self._start()
        return future

    def _start(self) -> None:
        while self._queue and self._running < self._most:
            future, work = self._queue.pop(0)
            if not future.cancelled:
                self._running += 1
                future.thread = here().threads.start(lambda work=work: self._done(work))  # type: ignore[misc]

    def _done(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            self._running -= 1
            self._start()

    def map(self, work: Callable[..., Any], *given: Iterable[Any]) -> Iterator[Any]:
        """The results, in order."""
        return iter([future.result() for future in [self.submit(work, *each) for each in zip(*given, strict=False)]])

    def shutdown(self, wait: bool = True, **_: object) -> None:
        """Wait for all of them."""
        if wait and self._futures:
            here().waits(lambda: all(future.done() for future in self._futures))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


@contextmanager
def led_threads() -> Iterator[None]:
    """Whatever opens a pool of threads meanwhile gets one that the explorer leads, as the look of a pass does."""
    before = concurrent.futures.ThreadPoolExecutor
    concurrent.futures.ThreadPoolExecutor = PassPool  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        concurrent.futures.ThreadPoolExecutor = before  # type: ignore[misc]
