"""What a commit's own bytes say of it: its tree, its parents and its author.

libgit2 refuses a whole commit for one malformed name or address, while git, and every host, takes and shows it. One
such commit on a merged branch must not stop the fleet, so Helium reads these lines itself. Refuses to guess: an author
that cannot be read is nobody, never whoever is named next to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pygit2

from helium.adapters.git_repo.trees import UNREADABLE
from helium.errors import SourceError

_AUTHOR = re.compile(r"author (?P<name>[^<>\n]*?) ?<(?P<mail>[^<>\n]*)> -?[0-9]+ [-+][0-9]+")


@dataclass(frozen=True, slots=True)
class CommitHeader:
    """The ids of its tree and parents; `author` is `name <mail>`, and empty when it is malformed."""

    tree: str
    parents: tuple[str, ...]
    author: str


def header_of(repository: pygit2.Repository, commit: str) -> CommitHeader:
    """A commit's header; `SourceError` when this repository has no such commit, or cannot read it."""
    lines = raw(repository, commit).partition(b"\n\n")[0].decode(errors="replace").split("\n")
    author = next((match for match in map(_AUTHOR.fullmatch, lines) if match), None)
    parents = tuple(line.removeprefix("parent ") for line in lines if line.startswith("parent "))
    return CommitHeader(
        lines[0].removeprefix("tree "), parents, "" if author is None else f"{author['name']} <{author['mail']}>"
    )


def first_parents(repository: pygit2.Repository, commit: str) -> Iterator[str]:
    """The commit, and one after the other its first parents."""
    yield commit
    while parents := header_of(repository, commit).parents:
        commit = parents[0]
        yield commit


def raw(repository: pygit2.Repository, commit: str) -> bytes:
    """A commit's bytes."""
    try:
        kind, data = repository.read(commit)
    except UNREADABLE as error:
        raise SourceError(f"Git object {commit} cannot be read: {error}. `git fsck` says more.") from None
    if kind != pygit2.enums.ObjectType.COMMIT:
        raise SourceError(f"Git object {commit} is not a commit. `git fsck` says more.")
    return bytes(data)
