"""Builds a ledger commit from git objects alone: nothing is checked out, and no branch moves here."""

from __future__ import annotations

import secrets

import pygit2

from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.commit_object import CommitParts, write_commit
from helium.adapters.git_repo.read import read, tree_of
from helium.adapters.git_repo.trees import edited, object_at
from helium.adapters.ledger import log_integrity
from helium.adapters.ledger.serialization import (
    FLEET_RECORD,
    failure_path,
    fleet_record_text,
    line_text,
    log_path,
    order_path,
    order_text,
    plan_path,
    plan_text,
    pull_request_path,
    pull_request_text,
    record_path,
    record_text,
)
from helium.core.record import CorruptRecord, Phase
from helium.ports.ledger import Snapshot, Writes


def commit(clone: Clone, writes: Writes, *, on: Snapshot, accepts_log: bool = False) -> str | None:
    """The id of a commit with these writes on a snapshot's; `None` when it would change nothing."""
    repository = clone.repository
    base = tree_of(repository, on.head) if on.head else None
    edits = _edits(repository, writes, on=on)
    new = edited(repository, base, edits=edits) if edits or accepts_log else None
    if new is None or (base is None and not any(edits.values())):
        return None
    if base is not None and new == base.id and not accepts_log:
        return None
    new = log_integrity.noted(repository, new, base=base, accepted=accepts_log)
    who = clone.committer()
    if writes.dated is not None:
        who = pygit2.Signature(who.name, who.email, int(writes.dated.timestamp()), 0)
    return write_commit(clone, CommitParts(str(new), [on.head] if on.head else [], who, who, _message(writes)))


def _message(writes: Writes) -> str:
    """The commit's message.

    If two machines take a lease or a record with the same words in the same second, their commits would be the same
    object, and git would accept both pushes. The random trailer makes them different.
    """
    text = f"{writes.message or 'Note what became of workspaces'}\n"
    return f"{text}\nHelium-Token: {secrets.token_hex(8)}\n" if writes.claims or writes.takes_lease else text


def _edits(repository: pygit2.Repository, writes: Writes, *, on: Snapshot) -> dict[str, pygit2.Oid | None]:
    edits: dict[str, pygit2.Oid | None] = {}
    for name, record in writes.records.items():
        if name in on.blobs:
            edits[_known_path(name, on=on)] = None
        if record is not None:
            edits[record_path(name)] = repository.create_blob(record_text(record))
    if writes.fleet_record is not None:
        edits[FLEET_RECORD] = repository.create_blob(fleet_record_text(writes.fleet_record))
    edits |= _failures(repository, writes, on=on)
    for run, sharded in writes.plans.items():
        edits[plan_path(run)] = None if sharded is None else repository.create_blob(plan_text(sharded))
    for id, order in writes.orders.items():
        edits[order_path(id)] = None if order is None else repository.create_blob(order_text(order))
    for id, shared in writes.pull_requests.items():
        edits[pull_request_path(id)] = None if shared is None else repository.create_blob(pull_request_text(shared))
    return edits | _longer_log(repository, writes, on=on)


def _failures(repository: pygit2.Repository, writes: Writes, *, on: Snapshot) -> dict[str, pygit2.Oid | None]:
    """What was said when a name failed comes and goes with its record, in the same commit."""
    base = tree_of(repository, on.head) if on.head else None
    edits: dict[str, pygit2.Oid | None] = {}
    for name, record in writes.records.items():
        ended = record is None or record.phase in (Phase.READY, Phase.GONE)
        text = "" if ended else writes.diagnostics.get(name)
        if text:
            edits[failure_path(name)] = repository.create_blob(f"{text}\n".encode())
        elif text is not None and base is not None and object_at(repository, base, path=failure_path(name)) is not None:
            edits[failure_path(name)] = None
    return edits


def _known_path(name: str, *, on: Snapshot) -> str:
    known = on.records[name]
    return known.path if isinstance(known, CorruptRecord) else record_path(name)


def _longer_log(repository: pygit2.Repository, writes: Writes, *, on: Snapshot) -> dict[str, pygit2.Oid | None]:
    """The log's files with the new lines at their ends. A line that stands there is one whose push was in doubt."""
    added: dict[str, list[bytes]] = {}
    for line in writes.log:
        added.setdefault(log_path(line.time), []).append(line_text(line))
    files: dict[str, pygit2.Oid | None] = {}
    for path, lines in added.items():
        old = (read(repository, on.head, path=path) if on.head else None) or b""
        whole = old if not old or old.endswith(b"\n") else old + b"\n"
        files[path] = repository.create_blob(whole + b"".join(line for line in lines if line not in whole))
    return files
