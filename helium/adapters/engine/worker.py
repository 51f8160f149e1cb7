"""A worker: a long-lived process that runs Pulumi for one stack after the other.

Its environment is the one that it was started with: listed names only. It imports Pulumi's SDK once, while its first
runs of Pulumi, which do not need it, are under way. It does not outlive the process that started it: when its standard
input ends, it lets Pulumi release its lock and leaves. It ignores Ctrl-C: the engine says when to stop.
"""

from __future__ import annotations

import importlib
import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

from helium.adapters.engine.command import Command, folder_of
from helium.adapters.engine.protocol import FromWorker, Hello, Job, Reply, init_args, line
from helium.adapters.engine.write_back_failed_creates import write_back
from helium.core.live import Doing

SDK = "helium.adapters.engine.automation"
"""Takes half a second to import, most of it for Pulumi's own modules."""
SOON = 5.0
"""Seconds in which a worker that was left behind may still write. Later the stack may be another pass's."""


def main() -> None:
    """Answer jobs until the input ends. What a program prints goes to the log, not to the engine."""
    replies = os.dup(1)
    os.dup2(2, 1)
    # The engine's SIGINT to this group is meant for Pulumi, whose own disposition is not inherited from a handler.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    hello = msgspec.json.decode(sys.stdin.buffer.readline(), type=Hello)
    command = Command(hello.pulumi, hello.environment)
    writing = threading.Lock()

    def tell(doing: Doing) -> None:
        # Whoever asked may be gone. The job goes on, and its reply says so.
        with suppress(BrokenPipeError), writing:
            _write(replies, line(FromWorker(doing=doing)))

    command.tell = tell
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    working = threading.Lock()
    listening = {"jobs": jobs, "command": command, "working": working, "grace": hello.grace}
    threading.Thread(target=_listen, args=(sys.stdin.buffer,), kwargs=listening, daemon=True).start()
    threading.Thread(target=importlib.import_module, args=(SDK,), daemon=True).start()
    while True:
        job = jobs.get()
        with working:
            reply = work(job, hello=hello, command=command)
            try:
                _write(replies, line(FromWorker(reply=reply)))
            except BrokenPipeError:
                _write_back(job, reply, hello=hello)


def work(job: Job, *, hello: Hello, command: Command) -> Reply:
    """Do one job: a command, or an `up`, before which a new stack is created."""
    cwd = folder_of(Path(hello.work), job.stack)
    command.begin_by = job.begin_by
    if job.program is None:
        return command.run(job.args, cwd=cwd, environment=job.environment, data=job.data)
    if job.program.init:
        created = command.run(init_args(job.stack, secrets=job.program.secrets), cwd=cwd, environment=job.environment)
        if created.code:
            return created
    reply: Reply = importlib.import_module(SDK).up(job, job.program, cwd=cwd, runner=command)
    return reply


def _write_back(job: Job, reply: Reply, *, hello: Hello) -> None:
    """Do what the engine would have done. A killed Pulumi is not meant: its creates are pending in the state anyway."""
    command = Command(hello.pulumi, hello.environment)
    command.begin_by = time.time() + SOON
    cwd = folder_of(Path(hello.work), job.stack)

    def run(each: Job) -> Reply:
        return command.run(each.args, cwd=cwd, environment=job.environment, data=each.data)

    if reply.code >= 0:
        write_back(job.stack, reply, run=run)


def _listen(
    source: IO[bytes], *, jobs: queue.SimpleQueue[Job], command: Command, working: threading.Lock, grace: float
) -> None:
    job = None
    for text in source:
        job = msgspec.json.decode(text, type=Job)
        jobs.put(job)
    if command.end(grace) and job is not None:
        cancel = Command(command.pulumi, command.environment)
        cancel.run(("cancel", str(job.stack), "--yes"), cwd=Path.cwd(), environment={})
    working.acquire(timeout=grace)
    os._exit(0)


def _write(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


if __name__ == "__main__":
    main()
