"""A door to a repository without a remote: one writer at a time, for a fleet that lives on this machine alone.

As the door to a remote does, it knows a request that main has already, so that one sent twice is one commit.
"""

from __future__ import annotations

import threading

from helium.adapters.commit_queue.seen_requests import Requests
from helium.adapters.commit_queue.single_writer import SingleWriter
from helium.adapters.commit_queue.views import MirrorView
from helium.adapters.git_repo import Clone, GitRepo
from helium.ports.commit_queue import Request


class LocalCommitQueue:
    """The port `Door` on the repository's own main; several threads may call."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._repo = GitRepo(clone)
        self._door = SingleWriter(self._repo)
        self._known = Requests()
        self._lock = threading.Lock()
        self._view = MirrorView(clone.repository, self._repo.head())

    def view(self) -> MirrorView:
        """Main as it is now; its files are listed once for each commit."""
        head = self._repo.head()
        if self._view.commit != head:
            self._view = MirrorView(self._clone.repository, head)
        return self._view

    def submit(self, request: Request) -> str:
        """The commit that says it; `SourceError` where its path is dirty in the working tree."""
        with self._lock:
            self._known.follow(self._clone.repository, self._repo.head())
            return self._known.found(request) or self._door.submit(request)
