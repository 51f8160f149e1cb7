"""More time for a workspace, for somebody whom only the host knows: its owner by the file on main, or an admin.

It refuses a deadline that is not later: whoever wants that edits the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from helium.core.deadlines import format_instant, parse_deadline
from helium.edits import documents, lookup
from helium.edits.edit_context import EditContext, Editing
from helium.errors import RefusedError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit


def extension(name: str, length: str, *, context: EditContext, change: Editing) -> Editing:
    """`change` is the update that sets the deadline; it is made if this person may, and if it is later."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context)
        lookup.require_file(view, name, fleet=fleet, context=context)
        _, spec = lookup.spec_of(view, name, fleet=fleet, specs=context.specs)
        # The file alone: a record's owner, or an author's, may be what somebody typed.
        requester = context.requester
        if not requester.admin and (not spec.owner or spec.owner.lower() != requester.owner.lower()):
            whom = f"{name} belongs to {spec.owner}" if spec.owner else f"The file of {name} names no owner"
            raise RefusedError(name, f"{whom}. Ask them, or an admin.")
        edits = change(view)
        before = lookup.summary_of(name, spec, fleet=fleet, context=context).deadline
        if before is not None:
            after = documents.expiry_from(length, before, path=spec.path)
            if isinstance(after, str) and parse_deadline(after) <= before:
                raise RefusedError(name, f"{name} ends at {format_instant(before)} already, which is not earlier.")
        return edits

    return edit
