"""Main at one commit of the mirror, as the port's `View`.

What lies under `workspaces/` is listed when first asked for; the view after a commit of ours takes the list before it
and changes what the commit changed, so that a chain of a hundred commits lists a large fleet once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import pygit2

from helium.adapters.git_repo.read import entries, read, tree_of
from helium.adapters.git_repo.trees import FILE
from helium.core.spec import Entry
from helium.reconcile.ports import Edit


class MirrorView:
    """Several threads may read it."""

    __slots__ = ("_entries", "_repository", "commit")

    def __init__(self, repository: pygit2.Repository, commit: str) -> None:
        self.commit = commit
        self._repository = repository
        self._entries: tuple[Entry, ...] | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything under `workspaces/`, sorted by path."""
        if self._entries is None:
            self._entries = entries(self._repository, self.commit)
        return self._entries

    def read(self, path: str) -> bytes | None:
        """One file's bytes."""
        return read(self._repository, self.commit, path=path)

    def after(self, commit: str, *, edits: Sequence[Edit]) -> MirrorView:
        """The view of a commit that was made on this one by these edits."""
        view = MirrorView(self._repository, commit)
        if self._entries is not None:
            listed = list(self._entries)
            for edit in edits:
                self._change(listed, edit.path, commit=commit)
            view._entries = tuple(listed)
        return view

    def _change(self, listed: list[Entry], path: str, *, commit: str) -> None:
        at = bisect_left(listed, Entry(path, ""))
        there = at < len(listed) and listed[at].path == path
        try:
            blob = tree_of(self._repository, commit)[path]
        except KeyError:
            listed[at : at + there] = []
        else:
            listed[at : at + there] = [Entry(path, str(blob.id), f"{int(blob.filemode or FILE):06o}")]
