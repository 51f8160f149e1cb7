"""Putting a removed file back as it was, before a pass begins to destroy the workspace: a revert, in one commit.

It is the file as it went, with edits that no pass saw, where history leads back from it to the one that a pass saw
last; else it is that one. Any other text would be a new workspace under the name, and the old one would go. It refuses
what is destroyed already, what is not the person's, and what would only be destroyed as expired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from helium.core.additions import dated_removals
from helium.core.deadlines import format_instant
from helium.core.fleet import Fleet
from helium.core.grace import grace_ends
from helium.core.record import Phase, Record
from helium.core.spec import Entry, Reading, Removal, Spec
from helium.core.transitions import current_end, recorded_end, removal_that_counts
from helium.edits import lookup, permissions
from helium.edits.edit_context import EditContext, Editing
from helium.edits.refusals import DestroyedError, NothingToRestoreError, TooLateError
from helium.errors import NotFoundError
from helium.ports.commit_queue import View
from helium.ports.ledger import Ledger
from helium.ports.repo import Edit, Repo


def removed_files(repo: Repo, name: str, *, context: EditContext) -> tuple[Edit, ...]:
    """As what the file can come back, and still be the same workspace's: the best one first. It reads git."""
    record = context.records.get(name)
    if not isinstance(record, Record):
        return ()
    counts = removal_that_counts(record, _last_removal(repo, record, seen=context.seen))
    blobs = dict.fromkeys((counts.blob if counts else "", record.seen_blob))
    found = (_file_as(repo, name, blob=blob) for blob in blobs if blob)
    return tuple(file for file in found if file is not None)


def _file_as(repo: Repo, name: str, *, blob: str) -> Edit | None:
    return newest_file(repo, name, fits=lambda entry: entry.blob == blob)


def _last_removal(repo: Repo, record: Record, *, seen: str | None) -> Removal | None:
    """What took the file away since a pass looked; as a pass itself will find it."""
    head = repo.head()
    since = seen if seen is not None and repo.descends(head, seen) is not False else None
    removals = repo.removals(head, since=since)
    if since is not None:
        removals = dated_removals(removals, {record.name: record})
    return removals.get(record.name)


def newest_file(repo: Repo, name: str, *, fits: Callable[[Entry], bool]) -> Edit | None:
    """The newest file of that name in main's history that fits; `None` where there is none. It reads git."""
    for commit in repo.commits(name, commit=repo.head()):
        for entry in repo.entries(commit.id):
            if entry.name == name and fits(entry):
                return Edit(entry.path, repo.read(commit.id, entry.path))
    return None


@contextmanager
def destroyed_is_told(ledger: Ledger, name: str) -> Iterator[None]:
    """Say of a name that was used once that it was destroyed, rather than that it never was."""
    try:
        yield
    except DestroyedError:
        raise
    except NotFoundError:
        last = max((line.time for line in ledger.log(name=name)), default=None)
        if last is None:
            raise
        raise DestroyedError(name, format_instant(last)) from None


def restored(files: Sequence[Edit], *, fleet: Fleet, context: EditContext) -> tuple[Edit, Reading] | None:
    """Which of them comes back, and what it says: the first without errors, else the first."""
    read = [(file, reading) for file in files if (reading := _reading(file, fleet=fleet, context=context)) is not None]
    return next((each for each in read if isinstance(each[1], Spec)), read[0] if read else None)


def _reading(file: Edit, *, fleet: Fleet, context: EditContext) -> Reading | None:
    entry = Entry(file.path, "removed")
    return context.specs.read((entry,), {entry.blob: file.data or b""}, fleet=fleet).get(entry.name)


def deadline_then(record: Record, reading: Reading, *, fleet: Fleet, now: datetime) -> datetime:
    """When the workspace ends, once that file is back."""
    if isinstance(reading, Spec):
        return current_end(record, reading, lifetimes=fleet.lifetimes, now=now).at
    return recorded_end(record, fleet.lifetimes).at


def restoration(name: str, files: Sequence[Edit], *, context: EditContext) -> Editing:
    """The file as it was; `files` are what `removed_files` found."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context)
        record = context.records.get(name)
        if entries := view.holding(name):
            raise NothingToRestoreError(name, f"its file {entries[0].path} is on main.")
        if not isinstance(record, Record):
            raise NotFoundError(name)
        found = restored(files, fleet=fleet, context=context)
        summary = lookup.summary_of(name, None, fleet=fleet, context=context)
        # It may have changed hands since a pass looked: then it is whose it was when it went.
        owner = found[1].owner if found is not None and isinstance(found[1], Spec) else ""
        permissions.require_may_change(replace(summary, owner=owner or summary.owner), context.requester)
        permissions.require_not_deleting(name, record)
        if record.phase is Phase.GONE:
            raise DestroyedError(name, format_instant(record.updated_at))
        if found is None:
            raise NothingToRestoreError(name, "main's history does not have its file. Ask an admin.")
        file, reading = found
        deadline = deadline_then(record, reading, fleet=fleet, now=context.now)
        waits = grace_ends(record, fleet=fleet, now=context.now) is not None
        if deadline <= context.now and not waits:
            raise TooLateError(name, format_instant(deadline))
        return (file,)

    return edit
