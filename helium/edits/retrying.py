"""Another attempt at what failed, asked for by its owner: a request in the ledger that the next round takes.

Pure: it says what to write. The wait after a failure ends, and the record keeps how often it failed. So it is carried
out once, whenever a pass is killed, and asking twice is asking once. It refuses what waits for nothing, and what was
tried a moment ago.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from helium.core.deadlines import format_instant
from helium.core.log_line import ORDERED, LogLine
from helium.core.record import CorruptRecord, Record
from helium.core.summary import Summary
from helium.edits.edit_context import Requester
from helium.edits.permissions import require_may_change
from helium.errors import RefusedError
from helium.ports.ledger import Snapshot, Writes

AT_MOST_EVERY = timedelta(minutes=1)
"""A person who presses and presses must not keep a slot busy."""


def retry_writes(
    summary: Summary, *, snapshot: Snapshot, requester: Requester, by: str, now: datetime
) -> Writes | None:
    """What the ledger says then; `None` where the next pass tries again anyway."""
    name, record = summary.name, snapshot.records.get(summary.name)
    require_may_change(summary, requester)
    if record is None:
        raise RefusedError(name, f"No pass has tried {name} yet: it is {summary.status.value}. Wait for the next one.")
    if isinstance(record, CorruptRecord):
        raise RefusedError(name, f"The ledger's record of {name} cannot be read. Ask an admin.")
    if not record.error:
        raise RefusedError(name, f"{name} has not failed: it is {summary.status.value}. There is nothing to try again.")
    if record.next_attempt_at is None or record.next_attempt_at <= now:
        return None
    if now - record.updated_at < AT_MOST_EVERY:
        raise RefusedError(name, _too_soon(name, record))
    known = snapshot.fleet_record
    line = LogLine(now, name, ORDERED, "Another attempt was asked for.", record.added_at, by=by, approved_by=by)
    return Writes(
        records={name: replace(record, next_attempt_at=None)},
        # A pass that is at work looks again when this number grows.
        fleet_record=replace(known, ordered=known.ordered + 1) if known else None,
        log=(line,),
        message=f"Try {name} again, as {by} asks",
    )


def _too_soon(name: str, record: Record) -> str:
    at, after = format_instant(record.updated_at), format_instant(record.updated_at + AT_MOST_EVERY)
    return f"Attempt {record.attempts} at {name} failed a moment ago, at {at}. Look at what it said; ask after {after}."
