"""What a pass writes down before it starts on a change: whoever finds its record later knows what was under way.

It starts nothing, and writes nothing by itself: that the ledger has it, before anything starts, is the caller's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from helium.core.incarnations import same_incarnation
from helium.core.plan import Code, Destroy, Work
from helium.core.record import Record
from helium.core.spec import RELEASED
from helium.core.transitions import begun, deleting
from helium.reconcile.apply import ApplyContext
from helium.reconcile.stack_locks import machines_of


def announce(work: Sequence[Work], context: ApplyContext, *, now: datetime) -> None:
    """Put `creating`, `updating` and `deleting` into the writer; the caller flushes before anything starts."""
    for change in work:
        record = context.writer.record(change.name)
        context.writer.put(change.name, _announced(change, record, context=context, now=now))


def _announced(change: Work, record: Record | None, *, context: ApplyContext, now: datetime) -> Record | None:
    if isinstance(change, Destroy):
        new = None if record is None else deleting(record, now=now, released=change.origin == RELEASED)
    else:
        # A record that a killed pass only announced may be of another incarnation than the file is now. Going on from
        # it would keep its `added_at`, and the stack's own ownership would then contradict the record.
        goes_on = record and not record.emptied and same_incarnation(record, change.workspace.ownership)
        lifetime = context.observed.fleet.defaults.lifetime
        base = record if goes_on else None
        # A repair that is cut short is repeated as one: it never needs another program.
        keeps = change.metadata_only or change.code is Code.DRIFTED
        new = begun(change.workspace, record=base, now=now, lifetime=lifetime, metadata_only=keeps)
    if new is None:
        return None
    return replace(
        new,
        commit=context.observed.commit,
        code=change.code.value,
        reason=change.reason,
        host=context.run.host,
        machines=machines_of(record, context.run),
        run_url=context.run.url,
    )
