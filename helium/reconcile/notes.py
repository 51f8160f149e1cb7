"""What a pass writes down only because it looked: paused, refused or with nothing to do, it has seen this much.

Pure. It never moves a record's phase; that belongs to what the engine does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from helium.core.facts import Facts
from helium.core.life import (
    another_life,
    held_back,
    lifetime_of,
    released,
    seen_back,
    seen_deadline,
    seen_made,
    seen_removed,
)
from helium.core.plan import Code, Keep, Plan
from helium.core.record import Phase, Record
from helium.core.register import Register
from helium.core.spec import Removal, Spec, deadline_of


def notes(plan: Plan, facts: Facts, *, now: datetime) -> Mapping[str, Record | None]:
    """The records that this look changed, by name; `None` drops the record of what is proven gone."""
    listed = {stack.id.name for stack in facts.listing.stacks}
    changed: dict[str, Record | None] = {}
    for change in plan.changes:
        record = facts.records.get(change.name)
        if not isinstance(record, Record):
            continue
        if change.code is Code.GONE and change.name not in facts.specs:
            changed[change.name] = None
            continue
        new = _seen(record, facts, now=now, listed=change.name in listed)
        why = change.why if isinstance(change, Keep) else ""
        new = held_back(new, why, now=now) if why else released(new)
        if new != record:
            changed[change.name] = new
    return changed


def _seen(record: Record, facts: Facts, *, now: datetime, listed: bool) -> Record:
    if listed:
        record = seen_made(record, now=now)
    if record.phase is Phase.GONE:
        return record
    file, birth = facts.specs.get(record.name), facts.births.get(record.name)
    removal = facts.removals.get(record.name)
    if file is None:
        return record if removal is None else seen_removed(record, removal)
    if not isinstance(file, Spec):
        return record
    if another_life(record, file.blob, birth=birth):
        # Without a birth it was the record that told, so its removal stands there already.
        return record if birth is None else seen_removed(record, Removal(record.name, birth.commit, birth.born))
    if record.phase is Phase.DELETING:
        return record
    return _seen_spec(seen_back(record), file, facts=facts, now=now)


def _seen_spec(record: Record, file: Spec, *, facts: Facts, now: datetime) -> Record:
    """The same life, as its file says today: a new blob ends the wait after a failure, and protects at once."""
    lifetime = lifetime_of(record, default=facts.fleet.defaults.lifetime)
    record = seen_deadline(record, deadline_of(file, born=record.born, lifetime=lifetime), now=now)
    record = replace(record, protected=record.protected or file.protected)
    if file.blob == record.seen_blob:
        return record
    return replace(record, seen_blob=file.blob, attempts=0, next_attempt_at=None, commit=facts.commit)


def looked(register: Register, facts: Facts, *, read_with: str, accepted: bool) -> Register:
    """The register once this commit was looked at; `accepted` only where the history brake let the pass through."""
    return replace(
        register,
        fleet=facts.fleet.name,
        seen=facts.commit,
        read_with=read_with,
        sandbox=facts.fleet.sandbox,
        accepted=facts.commit if accepted else register.accepted,
    )
