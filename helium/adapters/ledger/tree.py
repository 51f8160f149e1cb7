"""A ledger commit, built from git objects alone: nothing is checked out, and nothing moves until the branch does."""

from __future__ import annotations

import pygit2

from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.read import read, tree_of
from helium.adapters.git_repo.trees import edited
from helium.adapters.ledger.forms import REGISTER, line_text, log_path, record_path, record_text, register_text
from helium.core.record import Illegible
from helium.reconcile.ports import Snapshot, Writes


def commit(clone: Clone, writes: Writes, *, on: Snapshot) -> str | None:
    """The id of a commit with these writes on a snapshot's; `None` when it would change nothing."""
    repository = clone.repository
    base = tree_of(repository, on.head) if on.head else None
    edits = _edits(repository, writes, on=on)
    new = edited(repository, base, edits=edits) if edits else None
    if new is None or (base is not None and new == base.id) or (base is None and not any(edits.values())):
        return None
    who = clone.committer()
    text = f"{writes.message or 'Note what became of workspaces'}\n"
    return str(repository.create_commit(None, who, who, text, new, [on.head] if on.head else []))


def _edits(repository: pygit2.Repository, writes: Writes, *, on: Snapshot) -> dict[str, pygit2.Oid | None]:
    edits: dict[str, pygit2.Oid | None] = {}
    for name, record in writes.records.items():
        if name in on.blobs:
            edits[_known_path(name, on=on)] = None
        if record is not None:
            edits[record_path(name)] = repository.create_blob(record_text(record))
    if writes.register is not None:
        edits[REGISTER] = repository.create_blob(register_text(writes.register))
    return edits | _grown(repository, writes, on=on)


def _known_path(name: str, *, on: Snapshot) -> str:
    known = on.records[name]
    return known.path if isinstance(known, Illegible) else record_path(name)


def _grown(repository: pygit2.Repository, writes: Writes, *, on: Snapshot) -> dict[str, pygit2.Oid | None]:
    """The log's files with the new lines at their ends."""
    added: dict[str, list[bytes]] = {}
    for line in writes.log:
        added.setdefault(log_path(line.time), []).append(line_text(line))
    files: dict[str, pygit2.Oid | None] = {}
    for path, lines in added.items():
        old = (read(repository, on.head, path=path) if on.head else None) or b""
        whole = old if not old or old.endswith(b"\n") else old + b"\n"
        files[path] = repository.create_blob(whole + b"".join(lines))
    return files
