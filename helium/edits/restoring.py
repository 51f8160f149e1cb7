"""Putting a removed file back as it was, before a pass begins to destroy the workspace: a revert, in one commit.

It is the very file that Helium saw last: any other text would be a new workspace under the name, and the old one would
go. It refuses what is destroyed already, what is not the person's, and what would only be destroyed as expired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from helium.core.deadlines import format_instant
from helium.core.fleet import Fleet
from helium.core.grace import grace_ends
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Entry, Reading, Spec
from helium.core.transitions import current_end, recorded_end
from helium.edits import lookup, permissions
from helium.edits.edit_context import EditContext, Editing
from helium.edits.refusals import DestroyedError, NothingToRestoreError, TooLateError
from helium.errors import NotFoundError
from helium.ports.commit_queue import View
from helium.ports.ledger import Ledger
from helium.ports.repo import Edit, Repo


def removed_file(repo: Repo, name: str, *, record: Record | CorruptRecord | None) -> Edit | None:
    """The file that the record saw last, as main's history has it; `None` where it is not there. It reads git."""
    if not isinstance(record, Record):
        return None
    return newest_file(repo, name, fits=lambda entry: entry.blob == record.seen_blob)


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


def restoration(name: str, file: Edit | None, *, context: EditContext) -> Editing:
    """The file as it was; `file` is what `removed_file` found."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context)
        record = context.records.get(name)
        if entries := view.holding(name):
            raise NothingToRestoreError(name, f"its file {entries[0].path} is on main.")
        if not isinstance(record, Record):
            raise NotFoundError(name)
        summary = lookup.summary_of(name, None, fleet=fleet, context=context)
        permissions.require_may_change(summary, context.requester)
        permissions.require_not_deleting(name, record)
        if record.phase is Phase.GONE:
            raise DestroyedError(name, format_instant(record.updated_at))
        if file is None or file.data is None:
            raise NothingToRestoreError(name, "main's history does not have its file. Ask an admin.")
        entry = Entry(file.path, record.seen_blob)
        reading = context.specs.read((entry,), {entry.blob: file.data}, fleet=fleet).get(name)
        deadline = _end(reading, record, fleet=fleet, context=context)
        waits = grace_ends(record, grace=fleet.limits.grace, now=context.now) is not None
        if deadline <= context.now and not waits:
            raise TooLateError(name, format_instant(deadline))
        return (file,)

    return edit


def _end(reading: Reading | None, record: Record, *, fleet: Fleet, context: EditContext) -> datetime:
    """When the workspace ends once its file is back."""
    if isinstance(reading, Spec):
        return current_end(record, reading, lifetimes=fleet.lifetimes, now=context.now).at
    return recorded_end(record, fleet.lifetimes).at
