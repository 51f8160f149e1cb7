"""What a pass notes because it looked, even when it is paused, refused or has nothing to do.

Pure. The next pass relies on it: it calls a deadline passed, or a file removed, only if an earlier pass saw it. It
refuses to move a record's phase, which only says what the engine did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from helium.core.fleet_record import FleetRecord
from helium.core.grace import noted_due
from helium.core.incarnations import is_new_incarnation
from helium.core.observation import Observation
from helium.core.plan import DAY, Code, Keep, Plan
from helium.core.record import Phase, Record
from helium.core.removal_requests import still_awaited
from helium.core.spec import REQUESTED, UNDECIDED, InvalidSpec, Removal, Spec, team_of
from helium.core.transitions import (
    allowed_end,
    current_end,
    held_back,
    released,
    seen_back,
    seen_end,
    seen_listed,
    seen_removed,
)


def changed_records(
    plan: Plan, observed: Observation, *, now: datetime, believed: datetime | None = None
) -> Mapping[str, Record | None]:
    """The records that this look changed, by name. `None` drops a record whose file and stack are both gone.

    `believed`: the time by which a grace begins, where the clock is in doubt.
    """
    listed = {stack.id.name for stack in observed.listing.stacks}
    changed: dict[str, Record | None] = {}
    for change in plan.changes:
        record = observed.records.get(change.name)
        if not isinstance(record, Record):
            continue
        # A file that still holds the name keeps its record: without it, the same file would be a new workspace.
        if change.code is Code.GONE and change.name not in observed.specs:
            changed[change.name] = None
            continue
        new = noted_due(record, observed, now=now, believed=believed)
        new = _seen(new, observed, now=now, listed=change.name in listed)
        # A grace holds nothing: it is over by itself, and the record says since when.
        why = change.why if isinstance(change, Keep) and change.code is not Code.GRACE else ""
        new = held_back(new, why, now=now) if why else released(new)
        if new != record:
            changed[change.name] = new
    return changed


def _seen(record: Record, observed: Observation, *, now: datetime, listed: bool) -> Record:
    if listed:
        record = seen_listed(record, now=now)
    if observed.fleet.drift is None and record.drift is not None:
        # Nobody looks any more, so nobody could say that it has ended.
        record = replace(record, drift=None)
    if record.phase is Phase.GONE:
        return record
    file, addition = observed.specs.get(record.name), observed.additions.get(record.name)
    if (file is None or isinstance(file, InvalidSpec)) and record.phase is not Phase.DELETING:
        # What the plan shows as its deadline: settings that change later, or the file's, bring none nearer.
        record = seen_end(record, allowed_end(file, record, lifetimes=observed.fleet.lifetimes), now=now)
    removal = observed.removals.get(record.name)
    if file is None:
        # What nobody could look up is not written down, so that the next pass looks again.
        return record if removal is None or removal.origin == UNDECIDED else seen_removed(record, removal)
    if is_new_incarnation(record, file, addition=addition):
        # Without an addition it was the record that said so, by the removal that is in it already. Of a file with
        # errors it is noted as well: once somebody mends it, nothing else tells that it is not the record's own.
        if addition is None or (record.removed is not None and not isinstance(file, Spec)):
            return record
        origin = REQUESTED if addition.after_request else "direct"
        return seen_removed(record, Removal(record.name, addition.commit, addition.added_at, origin))
    if not isinstance(file, Spec):
        # One that its record knows says nothing new, and one with errors nothing at all.
        return record
    if record.phase is Phase.DELETING:
        return record
    return _seen_spec(seen_back(record), file, observed=observed, now=now)


def _seen_spec(record: Record, file: Spec, *, observed: Observation, now: datetime) -> Record:
    """The same incarnation, as its file describes it today: a new blob ends the wait after a failure.

    `protected` counts from the moment that somebody sets it. It is taken off only by an `up` that ended well.
    """
    record = seen_end(record, current_end(record, file, lifetimes=observed.fleet.lifetimes, now=now), now=now)
    record = replace(record, protected=record.protected or file.protected, team=team_of(file.path))
    if file.blob == record.seen_blob:
        return record
    return replace(record, seen_blob=file.blob, attempts=0, next_attempt_at=None, commit=observed.commit)


def updated_fleet_record(
    fleet_record: FleetRecord,
    observed: Observation,
    *,
    read_with: str,
    accepted: bool,
    seen: str | None,
    now: datetime,
) -> FleetRecord:
    """The fleet's record once this commit was looked at. `accepted`: safeguard `history` had nothing against it.

    `seen`: the commit up to which history is known from now on.
    """
    limit = observed.fleet.limits.deletes
    return replace(
        fleet_record.with_deletes(limit, now=now, since=now - DAY),
        fleet=observed.fleet.name,
        seen=seen,
        read_with=read_with,
        sandbox=observed.fleet.sandbox,
        accepted=observed.commit if accepted else fleet_record.accepted,
        requests=still_awaited(fleet_record.requests, landed=observed.landed, now=now),
    )
