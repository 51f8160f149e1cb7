"""The same spec once more, for a workspace that was destroyed: a new, empty incarnation under its old name.

It is never done by itself: whoever asks has read that the data is gone, and says so. It refuses what still has a file
or a record, what was somebody else's, and what the quota has no room for.
"""

from __future__ import annotations

from collections.abc import Sequence

from helium.core.deadlines import format_instant
from helium.core.digest import Json
from helium.core.quota import QuotaPlace
from helium.core.spec import Entry, InvalidSpec, Spec, team_of
from helium.edits import documents, lookup, quota
from helium.edits.edit_context import EditContext, Editing
from helium.edits.refusals import NothingToRestoreError
from helium.edits.restoring import newest_file
from helium.errors import BrokenFileError, NotFoundError, NotOwnerError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit, Repo


def last_file(repo: Repo, name: str) -> Edit | None:
    """The file of that name as it was last on main; `None` where there never was one. It reads git."""
    return newest_file(repo, name, fits=lambda entry: not entry.exempt)


def renewal(name: str, file: Edit | None, *, context: EditContext) -> Editing:
    """The file as it was; where its deadline has passed, with the default lifetime from now."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context)
        if file is None or file.data is None:
            raise NotFoundError(name)
        record = context.records.get(name)
        if record is not None and not view.holding(name):
            lookup.require_file(view, name, fleet=fleet, context=context)
        lookup.require_free(name, view.holding(name), record=record)
        entry = Entry(file.path, "new")
        reading = context.specs.read((entry,), {"new": file.data}, fleet=fleet).get(name)
        if not isinstance(reading, Spec):
            raise BrokenFileError(file.path, reading.issues if isinstance(reading, InvalidSpec) else ())
        requester = context.requester
        if not requester.admin and reading.owner.lower() != requester.owner.lower():
            raise NotOwnerError(name, reading.owner)
        if reading.protected and not requester.admin:
            raise NothingToRestoreError(name, "its spec says protected: true, which only an admin may ask for.")
        place = QuotaPlace(name, reading.owner or requester.owner, team_of(file.path))
        quota.require_place(place, view, fleet=fleet, context=context)
        changes: dict[str, Json] = {} if reading.owner else {"owner": requester.owner}
        if reading.expiry is not None and reading.expiry <= context.now:
            changes["expiry"] = format_instant(context.now + fleet.lifetimes.of(reading.team).usual)
        text = context.specs.edited(file.data, changes, path=file.path) if changes else file.data
        new = Edit(file.path, text)
        documents.check(new, fleet, context=context, added_at=context.now)
        return (new,)

    return edit
