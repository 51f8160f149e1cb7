"""Writes of many people to one remote main branch as the port `Door`: one request one commit, acknowledged when pushed.

A thread takes what waits, makes a chain of commits in this process's own mirror, and pushes it with the `git` program.
Refuses to force, to touch what is outside `workspaces/`, and to say that something is done before the remote has it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.commit_queue import mirror_lock
from helium.adapters.commit_queue.committer import Committer, Figures, reject
from helium.adapters.commit_queue.mirror import SECONDS, Mirror
from helium.adapters.commit_queue.queue import Queue, Ticket
from helium.adapters.commit_queue.remote import Remote
from helium.adapters.commit_queue.views import MirrorView
from helium.adapters.git_repo.clone import Clone
from helium.errors import QueueBusyError, SourceError, UnreachableError
from helium.ports.commit_queue import Request

__all__ = ["CommitQueueSettings", "Figures", "GitCommitQueue", "Remote"]

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CommitQueueSettings:
    """`mirrors` is a folder that holds one mirror per process. Times are seconds.

    `main`: the branch's name, `None` to ask the remote. `interval`: between two pushes, `None` for what the host asks.
    `look`: between two fetches when nothing is written. `most`: requests that may wait. `share`: commits in one push.
    """

    remote: Remote
    mirrors: Path
    main: str | None = None
    interval: float | None = None
    look: float = 10.0
    most: int = 1000
    share: int = 100
    seconds: float = SECONDS


class GitCommitQueue:
    """The port `Door`; any number of threads may call, and any number of processes may write to the remote."""

    def __init__(self, settings: CommitQueueSettings, *, environ: Mapping[str, str]) -> None:
        """Open or make the mirror; `SourceError` when that cannot be, `Unreachable` without both mirror and remote."""
        self._settings = settings
        self._tickets = Queue(most=settings.most)
        with ExitStack() as held:
            folder = held.enter_context(mirror_lock.held(settings.mirrors))
            self._mirror = Mirror(
                folder, settings.remote, environ=environ, main=settings.main, seconds=settings.seconds
            )
            edits = held.enter_context(ThreadPoolExecutor(1, thread_name_prefix="edit"))
            self._work = held.enter_context(ThreadPoolExecutor(1, thread_name_prefix="door"))
            self._held = held.pop_all()
        interval = settings.remote.interval if settings.interval is None else settings.interval
        self._committer = Committer(self._mirror, self._tickets, edits=edits, interval=interval)
        self._thread = threading.Thread(target=self._run, name="door", daemon=True)
        self._thread.start()

    @property
    def clone(self) -> Clone:
        """The mirror, for `Repo` and `Ledger` to read from."""
        return self._mirror.clone

    @property
    def figures(self) -> Figures:
        """What was done so far, for metrics."""
        return self._committer.figures

    @property
    def rewrites(self) -> int:
        """How often main's history was rewritten under this door."""
        return self._mirror.rewrites

    @property
    def waiting(self) -> int:
        """How many requests wait for their push."""
        return len(self._tickets)

    def view(self) -> MirrorView:
        """Main as fetched or pushed last: for reads, never for a promise."""
        return self._mirror.view

    def age(self) -> float:
        """Seconds since the remote last answered."""
        return self._mirror.age()

    def poke(self) -> None:
        """The remote may have moved: look soon."""
        self._tickets.poke()

    def submit(self, request: Request) -> str:
        """Block until the remote has the commit, and return its id.

        `Busy` when too many wait, `Unreachable` while the remote is away, `InDoubt` when it went away at the wrong
        moment, `SourceError` with the remote's sentence when it refuses this commit; and whatever `edit` raises.
        """
        return self._tickets.put(request).answer.result()

    def close(self, *, seconds: float = 30.0) -> None:
        """Take no more; what waits is still pushed for so many seconds, then told that it was not."""
        self._tickets.close()
        self._thread.join(seconds)
        self._reject_waiting(QueueBusyError("the door closed before this was pushed; ask again in a moment"))
        self._thread.join()
        self._held.close()

    def _run(self) -> None:
        while not self._tickets.closed or len(self._tickets):
            if self._tickets.wait(self._settings.look):
                self._guarded(self._look)
            if len(self._tickets):
                self._committer.rest()
                taken = self._tickets.take(self._settings.share)
                self._guarded(self._settle, taken)

    def _guarded(self, work: Callable[..., None], *taken: Sequence[Ticket]) -> None:
        """What nobody foresaw ends one piece of work, and is logged; the next is done all the same."""
        if unforeseen := self._work.submit(work, *taken).exception():
            LOG.error("the door failed within", exc_info=unforeseen)

    def _settle(self, taken: Sequence[Ticket]) -> None:
        try:
            self._committer.settle(taken)
        finally:
            reject(taken, SourceError("the door failed within; the log has more"))
            self._tickets.done(taken)
        if any(isinstance(ticket.answer.exception(), UnreachableError) for ticket in taken):
            self._reject_waiting(UnreachableError("the remote is away; ask again in a moment"))

    def _reject_waiting(self, error: SourceError) -> None:
        waiting = self._tickets.take(self._settings.most)
        reject(waiting, error)
        self._tickets.done(waiting)

    def _look(self) -> None:
        try:
            self._mirror.fetch()
        except SourceError as error:
            LOG.warning("the remote gives nothing, reads go on from the mirror: %s", error)
        else:
            if self._mirror.trusted:
                return
        self._mirror.mend()
