"""The files of a fleet on disk, for `helium validate`: what git would list under `workspaces/`, and all that is wrong.

Nothing is followed or opened that is no plain file, and no more of one is read than may be in a spec. What git ignores
is left out.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pygit2

from helium.adapters.yaml_specs import holding, reader
from helium.adapters.yaml_specs.specs import YamlSpecs
from helium.core.fleet import SETTINGS, Fleet
from helium.core.spec import Entry, Spec, Unreadable, in_the_past, too_long
from helium.errors import Fault, SpecError, UsageError


@dataclass(frozen=True, slots=True)
class Tree:
    """Entries as git would list them, bytes by blob id, and the faults of what could not be opened."""

    entries: tuple[Entry, ...] = ()
    data: Mapping[str, bytes] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants judged: paths in the fleet (none: all), and whether a deadline in the past is a fault."""

    paths: frozenset[str] = frozenset()
    past: bool = False

    def wants(self, path: str) -> bool:
        """Whether the path, or a folder above it, was named."""
        return not self.paths or any(path == each or path.startswith(f"{each}/") for each in self.paths)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many files were judged, and every fault of them."""

    files: int
    faults: tuple[Fault, ...]


def validate(folder: Path, specs: YamlSpecs, *, now: datetime, asked: Asked | None = None) -> Verdict:
    """Judge `helium.yaml` and the specs below `folder`; files count as new today. `UsageError` for a wrong path."""
    asked = asked or Asked()
    _named(folder, asked.paths)
    asked = replace(asked, paths=frozenset(map(_shown, asked.paths)))
    fleet, wrong = _settings(folder, specs)
    found = tree(folder, asked=asked)
    wrong += found.faults
    for reading in specs.read(found.entries, found.data, fleet=fleet).values():
        if isinstance(reading, Unreadable):
            wrong += reading.faults
        elif isinstance(reading, Spec):
            wrong += tuple(_dates(reading, found.data[reading.blob], fleet=fleet, now=now, past=asked.past))
    told = {fault for fault in wrong if fault.path == SETTINGS or asked.wants(fault.path)}
    files = sum(1 for held in holding.held(found.entries).values() for entry in held if asked.wants(entry.path))
    return Verdict(files + 1, tuple(sorted(told)))


def tree(folder: Path, *, asked: Asked | None = None) -> Tree:
    """What lies under `workspaces/`; the bytes only of what is asked for."""
    root = folder / holding.ROOT
    if not root.exists() and not root.is_symlink():
        return Tree()
    if root.is_symlink() or not root.is_dir():
        return Tree(faults=(Fault(holding.ROOT, 1, 1, "", "this must be a folder, with the specs in it"),))
    entries: list[Entry] = []
    data: dict[str, bytes] = {}
    unread: list[OSError] = []
    for path, mode in _listed(folder, unread.append):
        shown = _shown(path)
        blob = f"unread {shown}"
        if stat.S_ISREG(mode) and (asked is None or asked.wants(shown)):
            try:
                text = _bytes(f"{folder}/{path}")
            except OSError as error:
                unread.append(error)
            else:
                blob = blob_id(text)
                data[blob] = text
        entries.append(Entry(shown, blob, _git_mode(mode)))
    return Tree(tuple(sorted(entries)), data, tuple(_unread(error, folder) for error in unread))


def _unread(error: OSError, folder: Path) -> Fault:
    path = os.path.relpath(error.filename, folder)
    return Fault(_shown(path), 1, 1, "", f"this cannot be read ({error.strerror}); mend its rights, or the disk")


def blob_id(data: bytes) -> str:
    """The id that git gives these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _named(folder: Path, paths: Collection[str]) -> None:
    for path in sorted(paths):
        if path != SETTINGS and path != holding.ROOT and not path.startswith(f"{holding.ROOT}/"):
            raise UsageError(f"{path} is neither {SETTINGS} nor under {holding.ROOT}/; name a file or a folder there")
        if not os.path.lexists(folder / path):
            raise UsageError(f"there is no {path} in {folder}; name a file or a folder that is there")


def _settings(folder: Path, specs: YamlSpecs) -> tuple[Fleet, tuple[Fault, ...]]:
    """The fleet, or what can be had of it, and the faults of its file."""
    try:
        data = _bytes(f"{folder}/{SETTINGS}")
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        sentence = f"this cannot be read ({why}); a fleet has its settings here, and helium init writes them"
        return Fleet("fleet"), (Fault(SETTINGS, 1, 1, "", sentence),)
    try:
        return specs.fleet(data), ()
    except SpecError as error:
        return specs.usable(data), error.faults


def _dates(spec: Spec, data: bytes, *, fleet: Fleet, now: datetime, past: bool) -> Iterator[Fault]:
    found = (
        too_long(spec, born=now, longest=fleet.defaults.max_lifetime),
        in_the_past(spec, now=now) if past else None,
    )
    for fault in found:
        if fault is not None:
            line, column = reader.read(data).places[("expiry",)]
            yield replace(fault, line=line, column=column)


def _listed(folder: Path, refuse: Callable[[OSError], None]) -> Iterator[tuple[str, int]]:
    """Every path below `workspaces/` that is no folder, with its mode; what git ignores left out."""
    ignored, length = _Ignored(folder), len(str(folder)) + 1
    for above, folders, files in os.walk(f"{folder}/{holding.ROOT}", onerror=refuse):
        inside = [name for name in folders if _is_leaf(Path(above, name))]
        folders[:] = [name for name in folders if name not in inside]
        for name in (*files, *inside):
            path = f"{above}/{name}"
            if path.endswith(holding.ENDING) or not ignored(Path(path)):
                yield path[length:], os.lstat(path).st_mode


def _is_leaf(folder: Path) -> bool:
    """A link to a folder, or a repository of its own: git lists both as one entry."""
    return folder.is_symlink() or (folder / ".git").exists()


class _Ignored:
    """Asks git; outside a repository nothing is ignored."""

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


def _bytes(path: str) -> bytes:
    """As much of a plain file as tells whether it is too large."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(reader.LARGEST + 1)


def _git_mode(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "100755" if mode & stat.S_IXUSR else "100644"
    return "160000" if stat.S_ISDIR(mode) else f"{stat.S_IFMT(mode):06o}"


def _shown(path: str) -> str:
    """The path in text that can be printed on one line, whatever bytes the disk has."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
