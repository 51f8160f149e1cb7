"""The files of a fleet on disk, as git would list them under `workspaces/`.

Only plain files are opened, no link is followed, and of a file no more is read than a spec may have. What git ignores
is left out.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from helium.adapters.specs import name_claims, strict_yaml
from helium.core.spec import IN_ANOTHER_CASE, WORKSPACES, Entry, in_another_case
from helium.errors import Issue


def _any(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Tree:
    """Entries as git would list them, bytes by blob id, and an error for each file that could not be opened."""

    entries: tuple[Entry, ...] = ()
    data: Mapping[str, bytes] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


def tree(folder: Path, *, wanted: Callable[[str], bool] = _any) -> Tree:
    """The entries under `workspaces/`, with the bytes of those that are `wanted` by their shown path."""
    odd = sorted(each.name for each in os.scandir(folder) if in_another_case(each.name)) if folder.is_dir() else []
    if odd:
        return Tree(issues=tuple(Issue(shown(name), 1, 1, "", IN_ANOTHER_CASE) for name in odd))
    root = folder / WORKSPACES
    if not root.exists() and not root.is_symlink():
        return Tree()
    if root.is_symlink() or not root.is_dir():
        return Tree(issues=(Issue(WORKSPACES, 1, 1, "", "this must be a folder, with the specs in it"),))
    entries: list[Entry] = []
    data: dict[str, bytes] = {}
    unreadable: list[OSError] = []
    for path, mode in _listed(folder, unreadable.append):
        name = shown(path)
        blob = f"unreadable {name}"
        if stat.S_ISREG(mode) and wanted(name):
            try:
                text = bytes_of(f"{folder}/{path}")
            except OSError as error:
                unreadable.append(error)
            else:
                blob = blob_id(text)
                data[blob] = text
        entries.append(Entry(name, blob, _git_mode(mode)))
    return Tree(tuple(sorted(entries)), data, tuple(_unreadable(error, folder) for error in unreadable))


def _unreadable(error: OSError, folder: Path) -> Issue:
    path = os.path.relpath(error.filename, folder)
    return Issue(shown(path), 1, 1, "", f"this cannot be read ({error.strerror}); fix its permissions, or the disk")


def blob_id(data: bytes) -> str:
    """The id that git gives these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _listed(folder: Path, refuse: Callable[[OSError], None]) -> Iterator[tuple[str, int]]:
    """Every path below `workspaces/` that is not a folder, with its mode, without what git ignores."""
    ignored, length = _Ignored(folder), len(str(folder)) + 1
    for above, folders, files in os.walk(f"{folder}/{WORKSPACES}", onerror=refuse):
        inside = [name for name in folders if _is_leaf(Path(above, name))]
        folders[:] = [name for name in folders if name not in inside]
        for name in (*files, *inside):
            path = f"{above}/{name}"
            if path.endswith(name_claims.ENDING) or not ignored(Path(path)):
                yield path[length:], os.lstat(path).st_mode


def _is_leaf(folder: Path) -> bool:
    """A link to a folder, or a repository of its own: git lists both as one entry."""
    return folder.is_symlink() or (folder / ".git").exists()


class _Ignored:
    """Whether git ignores a path; outside a repository it ignores nothing."""

    def __init__(self, folder: Path) -> None:
        try:
            found = pygit2.discover_repository(str(folder))
            self._repository = pygit2.Repository(found) if found else None
        except pygit2.GitError:
            self._repository = None

    def __call__(self, path: Path) -> bool:
        if self._repository is None or self._repository.workdir is None:
            return False
        above = Path(self._repository.workdir).resolve()
        inside = (path.parent.resolve() / path.name).relative_to(above)
        return bool(self._repository.path_is_ignored(inside.as_posix()))


def bytes_of(path: str) -> bytes:
    """The bytes of a plain file, cut one byte after the largest size that a spec may have."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(strict_yaml.LARGEST + 1)


def _git_mode(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "100755" if mode & stat.S_IXUSR else "100644"
    return "160000" if stat.S_ISDIR(mode) else f"{stat.S_IFMT(mode):06o}"


def shown(path: str) -> str:
    """The path in text that can be printed on one line, whatever bytes the disk has."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
