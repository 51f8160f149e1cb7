"""Git's trees: what lies below a folder, and a tree with some paths changed. No index, no working tree, no filter.

Refuses a path that is a folder and a file at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pygit2

from helium.errors import SourceError, UsageError

UNREADABLE = (KeyError, ValueError, OSError, pygit2.GitError)
"""What pygit2 raises for an object that is missing, damaged, or may not be opened."""
FILE = pygit2.enums.FileMode.BLOB
EXECUTABLE = pygit2.enums.FileMode.BLOB_EXECUTABLE
FOLDER = pygit2.enums.FileMode.TREE


_NEVER = frozenset((b"", b".", b".."))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry that is not a folder: its path from where the walk began, object id, and mode as git writes it."""

    path: str
    id: pygit2.Oid
    mode: str


def leaves(repository: pygit2.Repository, tree: pygit2.Tree, *, prefix: str) -> Iterator[Leaf]:
    """Every entry below a tree that is not a folder, depth first."""
    for item in tree:
        path = prefix + name_of(item)
        if item.filemode == FOLDER:
            yield from leaves(repository, tree_at(repository, item.id), prefix=f"{path}/")
        else:
            yield Leaf(path, item.id, f"{int(item.filemode):06o}")


def name_of(item: pygit2.Object) -> str:
    """The entry's name; bytes that are not UTF-8 are spelt out, so that two such names stay different.

    `SourceError` for a name that no file can have. git never writes one, but takes it from whoever pushes, and a path
    with `..` in it would lead out of the folder that a backend is written to.
    """
    raw = item.raw_name or b""
    if raw in _NEVER or b"/" in raw or raw.lower() == b".git":
        raise SourceError(f"A git tree has an entry called {text(raw)!r}, which cannot be a file's name. Remove it.")
    return text(raw)


def text(raw: bytes) -> str:
    """A path's bytes as text that can be printed anywhere."""
    return raw.decode(errors="backslashreplace")


def tree_at(repository: pygit2.Repository, oid: pygit2.Oid | str) -> pygit2.Tree:
    """The tree of that id; `SourceError` when the repository lacks or cannot read it."""
    return git_object(repository, oid).peel(pygit2.Tree)


def git_object(repository: pygit2.Repository, oid: pygit2.Oid | str) -> pygit2.Object:
    """The object of that id; `SourceError` when the repository lacks or cannot read it."""
    try:
        return repository[oid]
    except UNREADABLE as error:
        raise SourceError(f"Git object {oid} cannot be read: {error}. `git fsck` says more.") from None


def object_at(repository: pygit2.Repository, tree: pygit2.Tree, *, path: str) -> pygit2.Object | None:
    """The object at a path; `None` when nothing is there, or a submodule; what cannot be read is an error."""
    *folders, name = path.split("/")
    for folder in folders:
        inner = _entry(tree, folder)
        if inner is None or inner.filemode != FOLDER:
            return None
        tree = tree_at(repository, inner.id)
    entry = _entry(tree, name)
    if entry is None or entry.filemode == pygit2.enums.FileMode.COMMIT:
        return None
    return git_object(repository, entry.id)


def _entry(tree: pygit2.Tree, name: str) -> pygit2.Object | None:
    try:
        return tree[name] if name else None
    except KeyError:
        return None


@contextmanager
def writing(repository: pygit2.Repository) -> Iterator[None]:
    """Turn what keeps git's objects from being written into a sentence."""
    try:
        yield
    except (OSError, pygit2.GitError) as error:
        raise SourceError(
            f"Git cannot write to {repository.path}: {error}. Is the disk full, or the folder read-only?"
        ) from None


def edited(
    repository: pygit2.Repository, tree: pygit2.Tree | None, *, edits: Mapping[str, pygit2.Oid | None]
) -> pygit2.Oid:
    """The id of the tree with each path set to a blob, or taken away (`None`); folders left empty go as well."""
    here: dict[str, pygit2.Oid | None] = {}
    below: defaultdict[str, dict[str, pygit2.Oid | None]] = defaultdict(dict)
    for path, blob in edits.items():
        name, _, rest = path.partition("/")
        if rest:
            below[name][rest] = blob
        else:
            here[name] = blob
    builder = repository.TreeBuilder(tree) if tree is not None else repository.TreeBuilder()
    for name, blob in here.items():
        _put(builder, name, blob=blob)
    for name, inner in below.items():
        _put_folder(repository, builder, name=name, edits=inner)
    return builder.write()


def _known(builder: pygit2.TreeBuilder, name: str) -> pygit2.Object | None:
    return builder.get(name)


def _put(builder: pygit2.TreeBuilder, name: str, *, blob: pygit2.Oid | None) -> None:
    known = _known(builder, name)
    if known is not None and known.filemode == FOLDER:
        raise UsageError(f"{name} is a directory in git, so it cannot be written or removed as a file.")
    if blob is not None:
        builder.insert(name, blob, EXECUTABLE if known is not None and known.filemode == EXECUTABLE else FILE)
    elif known is not None:
        builder.remove(name)


def _put_folder(
    repository: pygit2.Repository,
    builder: pygit2.TreeBuilder,
    *,
    name: str,
    edits: Mapping[str, pygit2.Oid | None],
) -> None:
    known = _known(builder, name)
    if known is not None and known.filemode != FOLDER:
        if not any(edits.values()):
            return
        raise UsageError(f"{name} is a file in git, so nothing can be written below it.")
    inner = edited(repository, tree_at(repository, known.id) if known is not None else None, edits=edits)
    if len(tree_at(repository, inner)):
        builder.insert(name, inner, FOLDER)
    elif known is not None:
        builder.remove(name)
