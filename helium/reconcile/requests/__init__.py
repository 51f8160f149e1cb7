"""What people ask of a door, as edits of main: create, update, extend, remove. The API and the command line share it.

Pure: each function gives a closure that looks at one view of main and says what to write, or raises what the asker
is to be told. A door asks it again on a new head, so nothing is decided before the view is seen. It refuses what is
not the asker's, what the schema refuses, and what the ledger says is being destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helium.core.digest import Json
from helium.errors import Changed, IsProtected
from helium.reconcile.ports import Edit, View
from helium.reconcile.requests import files, rights, texts
from helium.reconcile.requests.files import settings_text
from helium.reconcile.requests.ground import Asker, Editing, Ground
from helium.reconcile.requests.rights import not_deleting, owner_now

__all__ = [
    "Asker",
    "Editing",
    "Ground",
    "creation",
    "creation_or_update",
    "extension",
    "not_deleting",
    "owner_now",
    "removal",
    "settings_text",
    "update",
]


def creation(name: str, fields: Mapping[str, Json], *, ground: Ground) -> Editing:
    """A new file. `fields` are the schema's own; `expiry` may also be `+7d`, from now. The owner is the asker."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = files.settings(view, ground.specs)
        path = files.path_of(name)
        files.free(name, files.held(view, name), record=ground.records.get(name))
        rights.may_set(name, fields, asker=ground.asker)
        whole = {**fields, "owner": ground.asker.owner}
        if "expiry" in whole:
            whole["expiry"] = texts.asked(whole["expiry"], ground.now, path=path)
        data = ground.specs.text(whole, path=path)
        texts.check(Edit(path, data), fleet, ground=ground, born=ground.now)
        return (Edit(path, data),)

    return edit


def update(name: str, changes: Mapping[str, Json], *, ground: Ground, blobs: Sequence[str] = ()) -> Editing:
    """Set fields of a file that is there. `blobs`: what it must be (empty: anything); `+7d` is from its deadline."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = files.settings(view, ground.specs)
        entry, spec = files.spec_of(view, name, fleet=fleet, specs=ground.specs)
        rights.unchanged(name, entry.blob, blobs=blobs)
        rights.may_touch(name, spec, ground=ground)
        rights.not_deleting(name, ground.records.get(name))
        rights.may_set(name, changes, asker=ground.asker)
        rights.stays(spec, changes)
        born = texts.born_of(name, ground)
        wanted = dict(changes)
        if "expiry" in wanted:
            deadline = texts.deadline_now(spec, fleet, ground=ground, born=born)
            wanted["expiry"] = texts.asked(wanted["expiry"], deadline, path=entry.path)
        data = texts.written(view, spec, changes=wanted, specs=ground.specs)
        texts.check(Edit(entry.path, data), fleet, ground=ground, born=born, checks_date="expiry" in wanted)
        return (Edit(entry.path, data),)

    return edit


def extension(name: str, expiry: str, *, ground: Ground, blobs: Sequence[str] = ()) -> Editing:
    """Move the deadline: `+7d` counts from the deadline, a date or an instant is itself."""
    return update(name, {"expiry": expiry}, ground=ground, blobs=blobs)


def removal(name: str, *, ground: Ground, blobs: Sequence[str] = ()) -> Editing:
    """Take the file away, whatever is in it; a protected workspace stays."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = files.settings(view, ground.specs)
        entries, reading = files.found(view, name, fleet=fleet, specs=ground.specs)
        rights.unchanged(name, entries[0].blob, blobs=blobs)
        rights.may_touch(name, reading, ground=ground)
        if rights.is_protected(reading, ground.records.get(name)):
            raise IsProtected(name)
        return tuple(Edit(entry.path, None) for entry in entries)

    return edit


def creation_or_update(name: str, fields: Mapping[str, Json], *, ground: Ground, blobs: Sequence[str] = ()) -> Editing:
    """An update where the name has a file, else a creation; with `blobs`, only the update."""
    made = creation(name, fields, ground=ground)
    updated = update(name, fields, ground=ground, blobs=blobs)

    def edit(view: View) -> Sequence[Edit]:
        if files.held(view, name):
            return updated(view)
        if blobs:
            raise Changed(name, "")
        return made(view)

    return edit
