"""The log, read back: one line per outcome, from the files of each UTC day, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pygit2

from helium.adapters.git_repo.read import tree_of
from helium.adapters.git_repo.trees import Leaf, git_object, leaves, object_at
from helium.adapters.ledger.serialization import LOG, log_path, read_line
from helium.core.log_line import CORRUPT, LogLine


def lines(
    repository: pygit2.Repository, commit: str | None, *, name: str | None, since: datetime | None
) -> Iterator[LogLine]:
    """The lines of one name (or all) from `since` on. Days before `since` are not opened."""
    first = log_path(since.astimezone(UTC)) if since else ""
    for leaf in _days(repository, commit):
        if leaf.path < first:
            continue
        for line in _file(repository, leaf):
            # A corrupt line has no time of its own, and must not be hidden by `since`.
            is_due = since is None or line.time >= since or line.code == CORRUPT
            if is_due and (name is None or line.name == name):
                yield line


def _days(repository: pygit2.Repository, commit: str | None) -> Iterator[Leaf]:
    folder = object_at(repository, tree_of(repository, commit), path=LOG) if commit else None
    if isinstance(folder, pygit2.Tree):
        yield from sorted(leaves(repository, folder, prefix=f"{LOG}/"), key=lambda leaf: leaf.path)


def _file(repository: pygit2.Repository, leaf: Leaf) -> Iterator[LogLine]:
    blob = git_object(repository, leaf.id)
    data = blob.data if isinstance(blob, pygit2.Blob) else b""
    for number, text in enumerate(data.splitlines(), start=1):
        try:
            yield read_line(text)
        except (ValueError, msgspec.DecodeError, RecursionError):
            sentence = f"{leaf.path}:{number} of the ledger cannot be read; somebody else must have changed it"
            yield LogLine(_day(leaf.path), "", CORRUPT, sentence)


def _day(path: str) -> datetime:
    try:
        return datetime.strptime(path, f"{LOG}/%Y/%m/%d.jsonl").replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
