"""The commit queue of a repository without a remote, for a fleet that lives on this machine alone.

Like the queue of a remote, it finds a request that main has already, so that one that is sent twice is one commit.
"""

from __future__ import annotations

import threading

from helium.adapters.commit_queue.removals import Noting
from helium.adapters.commit_queue.seen_requests import SeenRequests
from helium.adapters.commit_queue.single_writer import SingleWriter
from helium.adapters.commit_queue.views import MirrorView
from helium.adapters.git_repo import Clone, GitRepo
from helium.ports.commit_queue import Request


class LocalCommitQueue:
    """The port `CommitQueue` on the repository's own main; several threads may call."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._repo = GitRepo(clone)
        self._writer = SingleWriter(self._repo)
        self._seen = SeenRequests()
        self._lock = threading.Lock()
        self._view = MirrorView(clone.repository, self._repo.head())

    def note_removals(self, noting: Noting) -> None:
        """From now on, note with this what requests take away."""
        self._writer = SingleWriter(self._repo, noting)

    def view(self) -> MirrorView:
        """Main as it is now; its files are listed once for each commit."""
        head = self._repo.head()
        if self._view.commit != head:
            self._view = MirrorView(self._clone.repository, head)
        return self._view

    def submit(self, request: Request) -> str:
        """The request's commit; `SourceError` when the working tree has a change of the same file."""
        with self._lock:
            self._seen.follow(self._clone, self._repo.head())
            return self._seen.found(request) or self._writer.submit(request)
