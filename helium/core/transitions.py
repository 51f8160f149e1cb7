"""How a record moves from one phase to the next.

Pure. A record says what was seen and what was done, never what is to be done: that is the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from helium.core.deadlines import format_lifetime, parse_lifetime
from helium.core.excerpts import excerpt
from helium.core.health import WorkspaceHealth, after
from helium.core.incarnations import is_of
from helium.core.lifetimes import End, LifetimeRules
from helium.core.record import Held, Phase, Record
from helium.core.spec import DIRECT, REQUESTED, InvalidSpec, Reading, Removal, Spec, team_of
from helium.core.stack import StackId

if TYPE_CHECKING:
    from helium.core.workspace import Workspace

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


def begun(
    workspace: Workspace, *, record: Record | None, now: datetime, lifetime: timedelta, metadata_only: bool
) -> Record:
    """The record before the engine starts on a create or an update. A new incarnation has no `record` to go on from."""
    base = record or Record(
        name=workspace.name,
        backend=workspace.backend,
        phase=Phase.CREATING,
        added_at=workspace.added_at,
        deadline=workspace.deadline,
        owner=workspace.owner,
        created_at=now,
        updated_at=now,
        seen_blob=workspace.spec.blob,
        stack=str(StackId.of(workspace.fleet, workspace.backend, name=workspace.name)),
        lifetime=format_lifetime(lifetime),
        placement=workspace.placement,
    )
    return replace(
        base,
        phase=Phase.UPDATING if base.spec_blob else Phase.CREATING,
        owner=workspace.owner,
        deadline=workspace.deadline,
        written=workspace.written,
        seen_blob=workspace.spec.blob,
        protected=base.protected or workspace.spec.protected,
        labels=workspace.spec.labels,
        team=team_of(workspace.spec.path),
        half_done=base.half_done or not metadata_only,
        removed=None,
        due=None,
        held=None,
        updated_at=now,
    )


def ready(record: Record, workspace: Workspace, *, outputs: Mapping[str, str], now: datetime) -> Record:
    """The record once an `up` ended well. Only now `spec_blob` moves, and `protected` may be taken off.

    A file whose own deadline was not applied, since it had passed, is not matched yet: that has to end it.
    """
    applied = workspace.spec.expiry in (None, workspace.deadline, workspace.written)
    return replace(
        _without_failures(record),
        phase=Phase.READY,
        spec_blob=workspace.spec.blob if applied else record.spec_blob,
        spec_digest=workspace.spec.digest,
        program=workspace.program,
        pins=workspace.pins,
        protected=workspace.spec.protected,
        half_done=False,
        observed_at=record.observed_at or now,
        outputs=outputs,
        updated_at=now,
    )


def failed(record: Record, *, error: str, now: datetime) -> Record:
    """The record after a failure. The first retry is due at once, then the wait doubles, up to an hour."""
    attempts = record.attempts + 1
    # Most first failures are gone a moment later. What fails twice would fail every minute, and hide what is new.
    wait = timedelta(0) if attempts == 1 else min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(attempts - 2, 10))
    return replace(
        record,
        phase=record.phase if record.phase in (Phase.DELETING, Phase.GONE) else Phase.FAILED,
        error=excerpt(error),
        attempts=attempts,
        next_attempt_at=now + wait,
        updated_at=now,
    )


def deleting(record: Record, *, now: datetime, released: bool = False) -> Record:
    """The record before the engine starts on a destroy. `released`: a person allowed it by name."""
    return replace(record, phase=Phase.DELETING, released=record.released or released, held=None, updated_at=now)


def emptied(record: Record, *, now: datetime) -> Record:
    """The record once an export showed no resources and nothing pending. Its outputs lead nowhere any more."""
    return replace(_without_failures(record), phase=Phase.GONE, emptied=now, outputs={}, health=None, updated_at=now)


def looked_at(record: Record, seen: WorkspaceHealth | None, *, acted: bool) -> Record:
    """The record once a pass has looked; `None`: it has nothing in a cluster. `acted`: it has just made a change."""
    if seen is None:
        return replace(record, health=None)
    done = record.phase is Phase.READY
    return replace(record, health=after(record.health, seen, acted=acted, done=done))


def seen_listed(record: Record, *, now: datetime) -> Record:
    """The record of a stack that a listing showed. From the first time on, it is lost when it is not listed."""
    return record if record.observed_at is not None else replace(record, observed_at=now)


def seen_removed(record: Record, removal: Removal) -> Record:
    """The record once a pass saw that the file is gone."""
    counts, released = removal_that_counts(record, removal), still_released(record, removal)
    # What it came from is told by history each time.
    return replace(record, removed=counts and replace(counts, lineage=None), released=released)


def removal_that_counts(record: Record, seen: Removal | None) -> Removal | None:
    """Of the removal on record and the one that a pass saw since: the last one that took this incarnation's file away.

    Whoever puts the file back and removes it again has removed it twice: what was requested or allowed before was
    another removal. What somebody else put under the name, and took away, says nothing of this workspace. A deletion
    that has begun stays what it was, but for a request.
    """
    known = record.removed
    if seen is None or (known is not None and seen.commit == known.commit):
        return known
    if not took_away(seen, record):
        return known or replace(seen, origin=DIRECT, blob="")
    return known if known is not None and _has_begun(record) and seen.origin != REQUESTED else seen


def still_released(record: Record, seen: Removal | None) -> bool:
    """Whether the end that a person allowed by name is still this one: another removal is another end."""
    return record.released and (_has_begun(record) or removal_that_counts(record, seen) == record.removed)


def _has_begun(record: Record) -> bool:
    return record.phase in (Phase.DELETING, Phase.GONE)


def took_away(removal: Removal, record: Record) -> bool:
    """Whether what a removal took away was the record's own file: there before, or put back as it was."""
    if removal.lineage is not None:
        return is_of(record, removal.lineage)
    if removal.added_at is None or removal.added_at <= record.added_at:
        return True
    return removal.first_blob in (record.seen_blob, record.removed.blob if record.removed else record.seen_blob)


def seen_back(record: Record) -> Record:
    """The record once the same file came back before anything was deleted: a revert."""
    return replace(record, removed=None, released=False)


def seen_end(record: Record, end: End, *, now: datetime) -> Record:
    """Record a deadline in the future, never one that has passed: safeguard `recorded_deadline` relies on that."""
    if end.at <= now or (end.at, end.moved_from) == (record.deadline, record.written):
        return record
    return replace(record, deadline=end.at, written=end.moved_from)


def held_back(record: Record, why: str, *, now: datetime) -> Record:
    """The record of a name whose change the guard holds, and since when."""
    return record if record.held and record.held.why == why else replace(record, held=Held(now, why))


def released(record: Record) -> Record:
    """The record of a name whose change nothing holds any more."""
    return record if record.held is None else replace(record, held=None)


def current_end(record: Record, spec: Spec, *, lifetimes: LifetimeRules, now: datetime) -> End:
    """When a living workspace ends, as its file says it now.

    It moves into the past only by a date that somebody wrote: a file whose `expiry` line was taken out keeps the
    deadline that it had, where the default lifetime is over already. And settings that are others today never bring
    it nearer: what is written as before keeps the later end that it had.
    """
    end = lifetimes.end_of(spec, added_at=record.added_at, usual=_lifetime_of(record))
    noted = recorded_end(record, lifetimes)
    later = max(end, noted, key=lambda each: each.at)
    if noted.written == end.written:
        return later
    return later if spec.expiry is None and end.at <= now else end


def keeps_deadline(record: Record, spec: Spec, *, lifetimes: LifetimeRules, now: datetime) -> bool:
    """Whether a file without `expiry` keeps the deadline that it had: the usual lifetime is over already."""
    return (
        spec.expiry is None and lifetimes.end_of(spec, added_at=record.added_at, usual=_lifetime_of(record)).at <= now
    )


def recorded_end(record: Record, lifetimes: LifetimeRules) -> End:
    """When a workspace ends by its record alone: as a pass noted it, or later by working hours that came since."""
    written = record.written or record.deadline
    today = lifetimes.end(written, added_at=record.added_at, team=record.team, name=record.name)
    return End(max(today.at, record.deadline), written)


def allowed_end(reading: Reading | None, record: Record, *, lifetimes: LifetimeRules) -> End:
    """When a living workspace ends whose file gives it no valid deadline: as the record has it.

    Whoever asks for more than the maximum wants to keep it. So it has the maximum, where that is later.
    """
    until = reading.until if isinstance(reading, InvalidSpec) else None
    noted = recorded_end(record, lifetimes)
    return noted if until is None or until <= noted.at else End(until, until)


def _without_failures(record: Record) -> Record:
    return replace(record, error="", attempts=0, next_attempt_at=None, held=None)


def _lifetime_of(record: Record) -> timedelta | None:
    """The usual lifetime of the day it was added; `None` for a record that does not say."""
    return parse_lifetime(record.lifetime) if record.lifetime else None
