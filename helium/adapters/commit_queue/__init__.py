"""Writes of many people to one remote main branch: each request is one commit, acknowledged when it is pushed.

One thread takes the requests that wait, makes a batch of commits in this process's own mirror, and pushes it with the
`git` program. Refuses to force a push, to write outside `workspaces/`, and to acknowledge what is not pushed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from helium.adapters.commit_queue import mirror_lock
from helium.adapters.commit_queue.committer import Committer, QueueFigures, reject
from helium.adapters.commit_queue.isolation import attempt
from helium.adapters.commit_queue.mirror import SECONDS, Mirror
from helium.adapters.commit_queue.queue import Queue, Ticket
from helium.adapters.commit_queue.remote_credentials import Remote
from helium.adapters.commit_queue.removals import Noting
from helium.adapters.commit_queue.views import MirrorView
from helium.adapters.git_repo.clone import Clone
from helium.errors import QueueBusyError, SourceError, UnreachableError
from helium.ports.commit_queue import Request

__all__ = ["CommitQueueSettings", "GitCommitQueue", "QueueFigures", "Remote"]

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CommitQueueSettings:
    """`mirrors` is a folder that holds one mirror per process. Times are seconds.

    `main`: the branch's name, `None` to ask the remote. `interval`: between two pushes, `None` for what the host asks.
    `look`: between two fetches when nothing is written. `most`: requests that may wait. `share`: the most
    commits in one push.
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
    """The port `CommitQueue`; any number of threads may call, and any number of processes may write to the remote."""

    def __init__(self, settings: CommitQueueSettings, *, environ: Mapping[str, str]) -> None:
        """Open the mirror, or clone it; `SourceError` when it cannot, `UnreachableError` without mirror and remote."""
        self._settings = settings
        self._tickets = Queue(most=settings.most)
        with ExitStack() as opened:
            folder = opened.enter_context(mirror_lock.locked(settings.mirrors))
            self._mirror = Mirror(
                folder, settings.remote, environ=environ, main=settings.main, seconds=settings.seconds
            )
            self._opened = opened.pop_all()
        interval = settings.remote.interval if settings.interval is None else settings.interval
        self._committer = Committer(self._mirror, self._tickets, interval=interval, share=settings.share)
        self._thread = threading.Thread(target=self._run, name="commit-queue", daemon=True)
        self._thread.start()

    @property
    def clone(self) -> Clone:
        """The mirror, for `Repo` and `Ledger` to read from."""
        return self._mirror.clone

    @property
    def figures(self) -> QueueFigures:
        """Counts since the start, for metrics."""
        return self._committer.figures

    @property
    def rewrites(self) -> int:
        """How often somebody rewrote main's history since the start."""
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

        `QueueBusyError` when too many wait, `UnreachableError` while the remote is away, `PushInDoubtError` when it
        went away during the push, `SourceError` with the remote's words when it refuses this commit; and whatever
        `edit` raises.
        """
        return self._tickets.put(request).answer.result()

    def note_removals(self, noting: Noting) -> None:
        """From now on, note with this what requests take away. The ledger is known once main can be read."""
        self._committer.noting = noting

    def close(self, *, seconds: float = 30.0) -> None:
        """Take no more requests. Those that wait are pushed for so many seconds; then the rest of them is refused."""
        self._tickets.close()
        self._thread.join(seconds)
        self._reject_waiting(QueueBusyError("Helium stopped before it pushed this. Try again in a moment."))
        self._thread.join()
        self._opened.close()

    def _run(self) -> None:
        """The thread: fetch when nobody waits, else push what gathered."""
        ahead: Sequence[Ticket] = ()
        while ahead or not self._tickets.closed or len(self._tickets):
            if not ahead and self._tickets.wait(self._settings.look):
                self._isolated(self._fetch)
            if ahead or len(self._tickets):
                self._committer.rest()
                self._isolated(partial(self._settle, ahead or self._committer.take()))
                ahead = self._committer.ahead.taken()

    def _isolated(self, work: Callable[[], None]) -> None:
        """An error that nobody foresaw ends one piece of work and is logged. The thread goes on with the next."""
        error = attempt(work)
        if error is not None:
            LOG.error("the commit queue failed; this is a bug in Helium", exc_info=error)

    def _settle(self, taken: Sequence[Ticket]) -> None:
        try:
            self._committer.settle(taken)
        finally:
            reject(taken, SourceError("Helium failed while it wrote this. Its log says why."))
            self._tickets.done(taken)
        if any(isinstance(ticket.answer.exception(), UnreachableError) for ticket in taken):
            # They would only wait for the same time-out, one batch after the other.
            error = UnreachableError("The remote does not answer. Try again in a moment.")
            self._reject(self._committer.ahead.taken(), error)
            self._reject_waiting(error)

    def _reject_waiting(self, error: SourceError) -> None:
        self._reject(self._tickets.take(self._settings.most), error)

    def _reject(self, waiting: Sequence[Ticket], error: SourceError) -> None:
        reject(waiting, error)
        self._tickets.done(waiting)

    def _fetch(self) -> None:
        try:
            self._mirror.fetch()
        except SourceError as error:
            LOG.warning("cannot fetch from the remote, so reads go on from the mirror: %s", error)
        else:
            if self._mirror.trusted:
                return
        # A failed fetch may come from a damaged mirror, and damage that nobody reads yet is looked for now and then.
        self._mirror.mend()
