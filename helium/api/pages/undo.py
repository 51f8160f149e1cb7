"""How long a workspace that is to be destroyed can still be kept, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from helium.api.index import Index
from helium.api.parts import ApiParts
from helium.core.deadlines import format_lifetime, instant_text, time_left
from helium.core.record import Record
from helium.core.summary import Summary
from helium.edits import EditContext, Requester, deadline_then, removed_files, restored


def undo_facts(summary: Summary, index: Index, *, now: datetime) -> Mapping[str, str]:
    """`undo`: for how long, empty where it is not to go; `grace`: how long the fleet waits, empty where it does not."""
    grace = index.fleet.limits.grace
    return {
        "undo": time_left(summary.undo_until, now) if summary.undo_until else "",
        "grace": format_lifetime(grace) if grace else "",
    }


def restored_until(name: str, index: Index, *, parts: ApiParts, now: datetime) -> str:
    """When it ends if its file comes back, which may be later than a pass knows; empty where nobody knows.

    It reads git, as the edit will.
    """
    record = index.snapshot.records.get(name)
    context = EditContext(
        parts.specs, Requester("", admin=True), now, records=index.snapshot.records, seen=index.snapshot.seen
    )
    found = restored(removed_files(parts.repo, name, context=context), fleet=index.fleet, context=context)
    if found is None or not isinstance(record, Record):
        return ""
    until = deadline_then(record, found[1], fleet=index.fleet, now=now)
    # Over: the page says what is to be done then.
    return instant_text(until) if until > now else ""
