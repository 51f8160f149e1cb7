"""Runs the Pulumi program in a private environment and folder, reads its events, and can end it.

Used inside a worker, and by the engine itself for the one listing of a pass. It imports no SDK.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from helium.adapters.engine import events
from helium.adapters.engine.protocol import EventSummary, Reply
from helium.core.live import Doing
from helium.core.stack import StackId

EVENTFUL = frozenset(("up", "destroy", "refresh"))
TOO_LATE = "it was not started, because this machine was suspended in the meantime; the next pass decides again"


@dataclass(slots=True)
class Command:
    """One Pulumi at a time; `running` is its process. After `limit` seconds it is ended (exit code 124).

    After `begin_by`, in seconds of the epoch, none is begun (125): by then the stack may be another pass's. `tell` gets
    what a long operation is doing, in a thread of its own.
    """

    pulumi: str
    environment: Mapping[str, str]
    limit: float | None = None
    begin_by: float | None = field(default=None, init=False)
    tell: Callable[[Doing], None] | None = field(default=None, init=False)
    running: subprocess.Popen[str] | None = field(default=None, init=False)
    ending: bool = field(default=False, init=False)
    listens: bool = field(default=False, init=False)

    def run(self, args: Sequence[str], *, cwd: Path, environment: Mapping[str, str], data: str = "") -> Reply:
        """Run Pulumi to its end. The code is 127 if it cannot be started."""
        if self.begin_by is not None and time.time() > self.begin_by:
            return Reply(code=125, stderr=f"error: {TOO_LATE}")
        self.listens = eventful = bool(args) and args[0] in EVENTFUL
        log = cwd / "events.log"
        log.unlink(missing_ok=True)
        first = [*args[:1], "--event-log", str(log)] if eventful else list(args[:1])
        try:
            with self._told(log if eventful else None):
                code, stdout, stderr = self._run(
                    ["--non-interactive", *first, *args[1:]], cwd=cwd, environment=environment, data=data
                )
        except OSError as error:
            return Reply(code=127, stderr=f"{self.pulumi} cannot be started: {error.strerror}")
        seen = events.read(log) if eventful else EventSummary()
        log.unlink(missing_ok=True)
        return Reply(code=code, stdout=stdout, stderr=stderr, seen=seen)

    @contextmanager
    def _told(self, log: Path | None) -> Iterator[None]:
        """Tell what is going on meanwhile, from the log of events; all of it was told when this ends."""
        if log is None or self.tell is None:
            yield
            return
        over = Event()
        thread = Thread(target=events.follow, args=(log,), kwargs={"over": over, "tell": self.tell}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _run(
        self, args: Sequence[str], *, cwd: Path, environment: Mapping[str, str], data: str
    ) -> tuple[int, str, str]:
        with subprocess.Popen(
            [self.pulumi, *args],
            cwd=cwd,
            env={**self.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as process:
            self.running = process
            if self.ending and self.listens:
                process.send_signal(signal.SIGINT)
            try:
                stdout, stderr = process.communicate(data, timeout=self.limit)
            except subprocess.TimeoutExpired:
                process.kill()
                return 124, "", f"error: it took longer than its limit of {self.limit:.0f} s"
            finally:
                self.running = None
        return process.returncode, stdout, stderr

    def end(self, grace: float) -> bool:
        """Let a running Pulumi release its lock, then end it. Called from another thread.

        Long operations listen to SIGINT. The others may finish: a signal would end them and leave their lock behind.
        Returns whether a signal ended it, because then it could not release its lock.
        """
        self.ending = True
        process = self.running
        if process is None:
            return False
        if self.listens:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return process.returncode < 0


def folder_of(work: Path, stack: StackId) -> Path:
    """The stack's own work directory, with the project that Pulumi wants to find there."""
    folder = work / stack.project / stack.name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    project = folder / "Pulumi.yaml"
    if not project.exists():
        project.write_text(f"name: {stack.project}\nruntime: python\n")
    return folder


def interrupt(pid: int) -> None:
    """SIGINT to a process group that may be gone."""
    _signal(pid, signal.SIGINT)


def kill(pid: int) -> None:
    """SIGKILL to a process group that may be gone."""
    _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
