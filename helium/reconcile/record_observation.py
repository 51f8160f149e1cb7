"""What a pass writes down only because it looked: paused, refused or with nothing to do, it has seen this much.

Pure. It never moves a record's phase; that belongs to what the engine does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from helium.core.fleet_record import FleetRecord
from helium.core.observation import Observation
from helium.core.plan import Code, Keep, Plan
from helium.core.record import Phase, Record
from helium.core.spec import Removal, Spec, deadline_of
from helium.core.transitions import (
    held_back,
    is_new_incarnation,
    lifetime_of,
    released,
    seen_back,
    seen_deadline,
    seen_listed,
    seen_removed,
)


def notes(plan: Plan, observed: Observation, *, now: datetime) -> Mapping[str, Record | None]:
    """The records that this look changed, by name; `None` drops the record of what is proven gone."""
    listed = {stack.id.name for stack in observed.listing.stacks}
    changed: dict[str, Record | None] = {}
    for change in plan.changes:
        record = observed.records.get(change.name)
        if not isinstance(record, Record):
            continue
        if change.code is Code.GONE and change.name not in observed.specs:
            changed[change.name] = None
            continue
        new = _seen(record, observed, now=now, listed=change.name in listed)
        why = change.why if isinstance(change, Keep) else ""
        new = held_back(new, why, now=now) if why else released(new)
        if new != record:
            changed[change.name] = new
    return changed


def _seen(record: Record, observed: Observation, *, now: datetime, listed: bool) -> Record:
    if listed:
        record = seen_listed(record, now=now)
    if record.phase is Phase.GONE:
        return record
    file, addition = observed.specs.get(record.name), observed.additions.get(record.name)
    removal = observed.removals.get(record.name)
    if file is None:
        return record if removal is None else seen_removed(record, removal)
    if not isinstance(file, Spec):
        return record
    if is_new_incarnation(record, file.blob, addition=addition):
        # Without a birth it was the record that told, so its removal stands there already.
        return (
            record
            if addition is None
            else seen_removed(record, Removal(record.name, addition.commit, addition.added_at))
        )
    if record.phase is Phase.DELETING:
        return record
    return _seen_spec(seen_back(record), file, observed=observed, now=now)


def _seen_spec(record: Record, file: Spec, *, observed: Observation, now: datetime) -> Record:
    """The same life, as its file says today: a new blob ends the wait after a failure, and protects at once."""
    lifetime = lifetime_of(record, default=observed.fleet.defaults.lifetime)
    record = seen_deadline(record, deadline_of(file, added_at=record.added_at, lifetime=lifetime), now=now)
    record = replace(record, protected=record.protected or file.protected)
    if file.blob == record.seen_blob:
        return record
    return replace(record, seen_blob=file.blob, attempts=0, next_attempt_at=None, commit=observed.commit)


def looked(fleet_record: FleetRecord, observed: Observation, *, read_with: str, accepted: bool) -> FleetRecord:
    """The register once this commit was looked at; `accepted` only where the history brake let the pass through."""
    return replace(
        fleet_record,
        fleet=observed.fleet.name,
        seen=observed.commit,
        read_with=read_with,
        sandbox=observed.fleet.sandbox,
        accepted=observed.commit if accepted else fleet_record.accepted,
    )
