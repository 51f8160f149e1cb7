"""A chart in the fleet's repository: one file, or a folder, as a commit has it or as it lies in the working tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pygit2

from helium.adapters.git_repo import read
from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.trees import leaves, object_at

Files = Callable[[str, str], Mapping[str, bytes]]
"""A commit and a path → the files there, by their paths below it; one file has the path `""`, and nothing has none."""


def committed(clone: Clone, commit: str, *, path: str) -> Mapping[str, bytes]:
    """As a commit has it. A link or a submodule is not a file."""
    found = object_at(clone.repository, read.tree_of(clone.repository, commit), path=path)
    if isinstance(found, pygit2.Blob):
        return read.blobs(clone.repository, [str(found.id)]) and {"": bytes(found.data)}
    if not isinstance(found, pygit2.Tree):
        return {}
    inside = [leaf for leaf in leaves(clone.repository, found, prefix="") if leaf.mode.startswith("100")]
    data = read.blobs(clone.repository, [str(leaf.id) for leaf in inside])
    return {leaf.path: data[str(leaf.id)] for leaf in inside}


def lying(folder: Path, path: str) -> Mapping[str, bytes]:
    """As it lies in the working tree."""
    place = folder / path
    if place.is_file():
        return {"": place.read_bytes()}
    files = (each for each in place.rglob("*") if each.is_file() and not each.is_symlink())
    return {each.relative_to(place).as_posix(): each.read_bytes() for each in files}
