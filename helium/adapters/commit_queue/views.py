"""Main at one commit of the mirror, as the port's `View`, and as edits that are not committed yet would leave it.

The files under `workspaces/` are listed once, when somebody first needs them, and so are the names that they hold.
Edits change those lists, so that a batch of a hundred commits goes through a large fleet only once. Refuses a file
where a folder is, and a folder where a file is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

import pygit2

from helium.adapters.git_repo.read import entries, read
from helium.core.fleet import SETTINGS
from helium.core.spec import WORKSPACES, Entry, entries_by_name
from helium.errors import UsageError
from helium.ports.repo import Edit

_FILE, _EXECUTABLE = "100644", "100755"


class MirrorView:
    """Several threads may read it. `commit` is the one that it is based on; uncommitted edits lie over it."""

    __slots__ = ("_entries", "_names", "_over", "_repository", "_settings", "commit")

    def __init__(self, repository: pygit2.Repository, commit: str) -> None:
        self.commit = commit
        self._repository = repository
        self._entries: tuple[Entry, ...] | None = None
        self._names: Mapping[str, tuple[Entry, ...]] | None = None
        self._over: Mapping[str, bytes | None] = {}
        self._settings: tuple[bytes | None] | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything under `workspaces/`, sorted by path."""
        if self._entries is None:
            self._entries = entries(self._repository, self.commit)
        return self._entries

    def holding(self, name: str) -> tuple[Entry, ...]:
        """The entries that hold a name."""
        return self._by_name.get(name, ())

    @property
    def _by_name(self) -> Mapping[str, tuple[Entry, ...]]:
        if self._names is None:
            self._names = entries_by_name(self.entries)
        return self._names

    def read(self, path: str) -> bytes | None:
        """One file's bytes."""
        if path == SETTINGS:
            return self._read_settings()
        return self._over[path] if path in self._over else read(self._repository, self.commit, path=path)

    def _read_settings(self) -> bytes | None:
        """Kept, since every request of a batch begins with them and none can change them."""
        if self._settings is None:
            self._settings = (read(self._repository, self.commit, path=SETTINGS),)
        return self._settings[0]

    def edited(self, edits: Sequence[Edit]) -> MirrorView:
        """Main as the edits leave it; itself when they change nothing. `UsageError` when they do not fit."""
        if not self.entries and self.read(WORKSPACES) is not None:
            raise UsageError(f"{WORKSPACES} is a file in git, so nothing can be written below it. Remove that file.")
        listed, names = list(self.entries), dict(self._by_name)
        changed = False
        for edit in edits:
            before, entry = _change(listed, edit)
            changed = changed or before != entry
            name = Entry(edit.path, "").name
            others = (each for each in names.get(name, ()) if each.path != edit.path)
            names[name] = tuple(sorted((*others, *(() if entry is None else (entry,)))))
        if not changed:
            return self
        after = self._copy(self.commit)
        after._entries, after._names = tuple(listed), names
        after._over = {**self._over, **{edit.path: edit.data for edit in edits}}
        return after

    def mode(self, path: str) -> str:
        """Git's mode of an existing file."""
        return self.entries[bisect_left(self.entries, Entry(path, ""))].mode

    def at(self, commit: str) -> MirrorView:
        """The same files, now that they are committed."""
        return self._copy(commit)

    def _copy(self, commit: str) -> MirrorView:
        """Without the edits that lie over it."""
        copy = MirrorView(self._repository, commit)
        copy._entries, copy._names, copy._settings = self._entries, self._names, self._settings
        return copy


def _change(listed: list[Entry], edit: Edit) -> tuple[Entry | None, Entry | None]:
    """Make one edit in the list; what stood there before, and what does now."""
    at = bisect_left(listed, Entry(edit.path, ""))
    there = _is_there(listed, edit.path, at=at)
    before = listed[at] if there else None
    below = bisect_left(listed, Entry(f"{edit.path}/", ""))
    if below < len(listed) and listed[below].path.startswith(f"{edit.path}/"):
        raise UsageError(f"{edit.path} is a directory in git, so it cannot be written or removed as a file.")
    if edit.data is None:
        del listed[at : at + there]
        return before, None
    for folder in _folders(edit.path):
        if _is_there(listed, folder, at=bisect_left(listed, Entry(folder, ""))):
            raise UsageError(f"{folder} is a file in git, so nothing can be written below it.")
    mode = _EXECUTABLE if before is not None and before.mode == _EXECUTABLE else _FILE
    entry = Entry(edit.path, str(pygit2.hash(edit.data)), mode)
    listed[at : at + there] = [entry]
    return before, entry


def _folders(path: str) -> Iterator[str]:
    while folder := path.rpartition("/")[0]:
        yield folder
        path = folder


def _is_there(listed: Sequence[Entry], path: str, *, at: int) -> bool:
    return at < len(listed) and listed[at].path == path
