"""The pool of workers: started when they are needed, kept warm, and replaced when they die or take too long.

A call blocks its thread until a worker has answered. Each worker has a process group of its own, so Ctrl-C in the
terminal does not reach it: `close` lets each Pulumi release its lock first, and only then ends what is left.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import msgspec

from helium.adapters.engine.command import interrupt, kill
from helium.adapters.engine.protocol import FromWorker, Hello, Job, Reply, line
from helium.adapters.engine.settings import EngineSettings
from helium.core.live import Doing

SECOND = 3.0
"""Seconds that Pulumi gets after the second SIGINT, which means "at once" to it."""
LAST = 1 << 16
"""How many bytes at the end of a worker's log are searched for its last words."""


def _nobody(_: Doing) -> None:
    """Nobody listens."""


class WorkerDiedError(Exception):
    """The worker ended without an answer; its last words are the text."""


class WorkerStoppedError(Exception):
    """The job was stopped (or not started): too `late`, or because the pool closes.

    `killed`: Pulumi kept its lock. `reply`: it ended by itself, and this is what it said.
    """

    def __init__(self, reply: Reply | None = None, *, late: bool = False, killed: bool = False) -> None:
        super().__init__()
        self.reply = reply
        self.late = late
        self.killed = killed


@dataclass(slots=True)
class Worker:
    """The engine's end of one worker. `log` holds what it and its programs said, and maybe secrets: it has no name."""

    process: subprocess.Popen[bytes]
    log: IO[bytes]
    rest: bytes = b""

    @classmethod
    def start(cls, settings: EngineSettings, *, hello: Hello) -> Worker:
        """A new process."""
        root = str(Path(__file__).resolve().parents[3])
        with tempfile.TemporaryFile() as words:
            process = subprocess.Popen(
                [sys.executable, "-m", "helium.adapters.engine.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env={**settings.worker_environment, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=settings.work,
                start_new_session=True,
            )
            log = os.fdopen(os.dup(words.fileno()), "rb")
        worker = cls(process, log)
        worker.send(line(hello))
        return worker

    def send(self, data: bytes) -> None:
        """Send one line. `WorkerDiedError` when nobody reads it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise WorkerDiedError(self.words()) from None

    def receive(self, seconds: float, tell: Callable[[Doing], None] = _nobody) -> Reply | None:
        """The reply, or nothing after so many seconds; what comes before it is told. `WorkerDiedError` at its end."""
        end = time.monotonic() + seconds
        while (message := self._next(end)) is not None:
            if message.doing is not None:
                tell(message.doing)
            if message.reply is not None:
                return message.reply
        return None

    def _next(self, end: float) -> FromWorker | None:
        """The next line, or nothing at `end`, by the monotonic clock."""
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        while b"\n" not in self.rest:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return None
            data = os.read(descriptor, 1 << 20)
            if not data:
                raise WorkerDiedError(self.words())
            self.rest += data
        text, _, self.rest = self.rest.partition(b"\n")
        return msgspec.json.decode(text, type=FromWorker)

    def stop(self, grace: float) -> Reply | None:
        """End the job: SIGINT, a second SIGINT, then SIGKILL to the whole group, which leaves no reply."""
        for seconds in (grace, SECOND):
            interrupt(self.process.pid)
            if reply := self.receive(seconds):
                return reply
        self.end()
        return None

    def end(self) -> None:
        """End the process and all in its group."""
        kill(self.process.pid)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                # The rest of a job that it did not read is lost with it.
                with suppress(BrokenPipeError):
                    pipe.close()
        self.log.close()

    def words(self) -> str:
        """The last thing that the worker said before it died."""
        size = os.fstat(self.log.fileno()).st_size
        text = os.pread(self.log.fileno(), LAST, max(0, size - LAST)).decode(errors="replace").strip()
        return text.rpartition("\n")[2]


@dataclass(slots=True)
class Pool:
    """At most `settings.workers` at once; a call waits for its turn."""

    settings: EngineSettings
    hello: Hello
    turns: threading.Semaphore = field(init=False)
    lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    free: list[Worker] = field(default_factory=list, init=False)
    busy: list[Worker] = field(default_factory=list, init=False)
    closing: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.turns = threading.Semaphore(self.settings.workers)

    def call(self, job: Job, tell: Callable[[Doing], None] = _nobody) -> Reply:
        """The job's reply; `tell` gets what is done meanwhile. `WorkerDiedError` or `WorkerStoppedError`."""
        with self.turns, self._worker() as worker:
            try:
                begin_by = time.time() + min(self.settings.begin, self.settings.timeout).total_seconds()
                worker.send(line(replace(job, begin_by=begin_by)))
                reply = worker.receive(self.settings.timeout.total_seconds(), tell)
            except WorkerDiedError:
                if self.closing:
                    raise WorkerStoppedError(killed=True) from None
                raise
            late = reply is None and not self.closing
            if reply is None:
                reply = worker.stop(self.settings.grace.total_seconds())
            if reply is None or late or self.closing:
                raise WorkerStoppedError(reply, late=late, killed=reply is None or reply.code < 0)
            return reply

    def warm(self) -> None:
        """Start a worker before there is a job: importing the SDK takes half a second, and can happen meanwhile."""
        with self.lock:
            self.free.append(self._start())

    def close(self) -> None:
        """Stop what runs, wait for it, and end every worker. May be called again, and from any thread."""
        with self.lock:
            self.closing = True
            busy, free, self.free = list(self.busy), self.free, []
        for worker in busy:
            interrupt(worker.process.pid)
        for worker in free:
            worker.end()
        self._wait(self.settings.grace.total_seconds())
        for worker in self._still_busy():
            interrupt(worker.process.pid)
        self._wait(SECOND)
        for worker in self._still_busy():
            kill(worker.process.pid)
        self._wait(SECOND)

    def _still_busy(self) -> list[Worker]:
        with self.lock:
            return list(self.busy)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self._still_busy() and time.monotonic() < end:
            time.sleep(0.02)

    @contextmanager
    def _worker(self) -> Iterator[Worker]:
        worker = self._take()
        healthy = False
        try:
            yield worker
            healthy = not self.closing
        finally:
            with self.lock:
                self.busy.remove(worker)
                healthy = healthy and not self.closing
                if healthy:
                    self.free.append(worker)
            if not healthy:
                worker.end()

    def _take(self) -> Worker:
        with self.lock:
            if self.closing:
                raise WorkerStoppedError
            worker = self._rested() or self._start()
            self.busy.append(worker)
            return worker

    def _rested(self) -> Worker | None:
        """A free worker that is alive. One that died while it was idle must not fail a job."""
        while self.free:
            worker = self.free.pop()
            if worker.process.poll() is None:
                return worker
            worker.end()
        return None

    def _start(self) -> Worker:
        return Worker.start(self.settings, hello=self.hello)
