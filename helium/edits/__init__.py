"""What people ask of a door, as edits of main: create, update, extend, remove. The API and the command line share it.

Pure: each function gives a closure that looks at one view of main and says what to write, or raises what the asker
is to be told. A door asks it again on a new head, so nothing is decided before the view is seen. It refuses what is
not the asker's, what the schema refuses, and what the ledger says is being destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helium.core.digest import Json
from helium.edits import documents, lookup, permissions
from helium.edits.edit_context import EditContext, Editing, Requester
from helium.edits.lookup import settings_text
from helium.edits.permissions import not_deleting, owner_now
from helium.errors import ChangedError, ProtectedError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit

__all__ = [
    "EditContext",
    "Editing",
    "Requester",
    "creation",
    "creation_or_update",
    "extension",
    "not_deleting",
    "owner_now",
    "removal",
    "settings_text",
    "update",
]


def creation(name: str, fields: Mapping[str, Json], *, context: EditContext) -> Editing:
    """A new file. `fields` are the schema's own; `expiry` may also be `+7d`, from now. The owner is the asker."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context.specs)
        path = lookup.path_of(name)
        lookup.free(name, lookup.held(view, name), record=context.records.get(name))
        permissions.may_set(name, fields, requester=context.requester)
        whole = {**fields, "owner": context.requester.owner}
        if "expiry" in whole:
            whole["expiry"] = documents.asked(whole["expiry"], context.now, path=path)
        data = context.specs.text(whole, path=path)
        documents.check(Edit(path, data), fleet, context=context, added_at=context.now)
        return (Edit(path, data),)

    return edit


def update(name: str, changes: Mapping[str, Json], *, context: EditContext, blobs: Sequence[str] = ()) -> Editing:
    """Set fields of a file that is there. `blobs`: what it must be (empty: anything); `+7d` is from its deadline."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context.specs)
        entry, spec = lookup.spec_of(view, name, fleet=fleet, specs=context.specs)
        permissions.unchanged(name, entry.blob, blobs=blobs)
        permissions.may_touch(name, spec, context=context)
        permissions.not_deleting(name, context.records.get(name))
        permissions.may_set(name, changes, requester=context.requester)
        permissions.stays(spec, changes)
        added_at = documents.born_of(name, context)
        wanted = dict(changes)
        if "expiry" in wanted:
            deadline = documents.deadline_now(spec, fleet, context=context, added_at=added_at)
            wanted["expiry"] = documents.asked(wanted["expiry"], deadline, path=entry.path)
        data = documents.written(view, spec, changes=wanted, specs=context.specs)
        documents.check(
            Edit(entry.path, data), fleet, context=context, added_at=added_at, checks_date="expiry" in wanted
        )
        return (Edit(entry.path, data),)

    return edit


def extension(name: str, expiry: str, *, context: EditContext, blobs: Sequence[str] = ()) -> Editing:
    """Move the deadline: `+7d` counts from the deadline, a date or an instant is itself."""
    return update(name, {"expiry": expiry}, context=context, blobs=blobs)


def removal(name: str, *, context: EditContext, blobs: Sequence[str] = ()) -> Editing:
    """Take the file away, whatever is in it; a protected workspace stays."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context.specs)
        entries, reading = lookup.found(view, name, fleet=fleet, specs=context.specs)
        permissions.unchanged(name, entries[0].blob, blobs=blobs)
        permissions.may_touch(name, reading, context=context)
        if permissions.is_protected(reading, context.records.get(name)):
            raise ProtectedError(name)
        return tuple(Edit(entry.path, None) for entry in entries)

    return edit


def creation_or_update(
    name: str, fields: Mapping[str, Json], *, context: EditContext, blobs: Sequence[str] = ()
) -> Editing:
    """An update where the name has a file, else a creation; with `blobs`, only the update."""
    made = creation(name, fields, context=context)
    updated = update(name, fields, context=context, blobs=blobs)

    def edit(view: View) -> Sequence[Edit]:
        if lookup.held(view, name):
            return updated(view)
        if blobs:
            raise ChangedError(name, "")
        return made(view)

    return edit
