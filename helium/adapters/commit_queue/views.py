"""Main at one commit of the mirror, as the port's `View`, and as edits that are not committed yet would leave it.

The files under `workspaces/` are listed once, when somebody first needs them. Edits change that list, so that a batch
of a hundred commits lists a large fleet only once. Refuses a file where a folder is, and a folder where a file is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import pygit2

from helium.adapters.git_repo.read import entries, read
from helium.core.spec import WORKSPACES, Entry
from helium.errors import UsageError
from helium.ports.repo import Edit

_FILE, _EXECUTABLE = "100644", "100755"


class MirrorView:
    """Several threads may read it. `commit` is the one that it is based on; uncommitted edits lie over it."""

    __slots__ = ("_entries", "_over", "_repository", "commit")

    def __init__(
        self,
        repository: pygit2.Repository,
        commit: str,
        *,
        entries: tuple[Entry, ...] | None = None,
        over: Mapping[str, bytes | None] | None = None,
    ) -> None:
        self.commit = commit
        self._repository = repository
        self._entries = entries
        self._over = over or {}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything under `workspaces/`, sorted by path."""
        if self._entries is None:
            self._entries = entries(self._repository, self.commit)
        return self._entries

    def read(self, path: str) -> bytes | None:
        """One file's bytes."""
        return self._over[path] if path in self._over else read(self._repository, self.commit, path=path)

    def edited(self, edits: Sequence[Edit]) -> MirrorView:
        """Main as the edits leave it; itself when they change nothing. `UsageError` when they do not fit."""
        if not self.entries and self.read(WORKSPACES) is not None:
            raise UsageError(f"{WORKSPACES} is a file in git, so nothing can be written below it. Remove that file.")
        listed = list(self.entries)
        for edit in edits:
            _change(listed, edit)
        if tuple(listed) == self.entries:
            return self
        over = {**self._over, **{edit.path: edit.data for edit in edits}}
        return MirrorView(self._repository, self.commit, entries=tuple(listed), over=over)

    def mode(self, path: str) -> str:
        """Git's mode of an existing file."""
        return self.entries[bisect_left(self.entries, Entry(path, ""))].mode

    def at(self, commit: str) -> MirrorView:
        """The same files, now that they are committed."""
        return MirrorView(self._repository, commit, entries=self._entries)


def _change(listed: list[Entry], edit: Edit) -> None:
    at = bisect_left(listed, Entry(edit.path, ""))
    there = _is_there(listed, edit.path, at=at)
    below = bisect_left(listed, Entry(f"{edit.path}/", ""))
    if below < len(listed) and listed[below].path.startswith(f"{edit.path}/"):
        raise UsageError(f"{edit.path} is a directory in git, so it cannot be written or removed as a file.")
    if edit.data is None:
        del listed[at : at + there]
        return
    for folder in map(str, PurePosixPath(edit.path).parents):
        if _is_there(listed, folder, at=bisect_left(listed, Entry(folder, ""))):
            raise UsageError(f"{folder} is a file in git, so nothing can be written below it.")
    mode = _EXECUTABLE if there and listed[at].mode == _EXECUTABLE else _FILE
    listed[at : at + there] = [Entry(edit.path, str(pygit2.hash(edit.data)), mode)]


def _is_there(listed: Sequence[Entry], path: str, *, at: int) -> bool:
    return at < len(listed) and listed[at].path == path
