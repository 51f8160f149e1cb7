"""How each file came to main, and what only that shows: its owner, its age, and which incarnation of its name it is.

Pure. A pass and the API read history by these rules, so both say the same of a name. A record goes before history:
commits can be rewritten with other times, and a record cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.fleet_record import FleetRecord
from helium.core.incarnations import is_new_incarnation, owner_of
from helium.core.lifetimes import LifetimeRules
from helium.core.lineage import Lineage
from helium.core.record import CorruptRecord, Record
from helium.core.spec import Addition, InvalidSpec, Reading, Removal, Spec, is_mail, is_noreply
from helium.core.transitions import current_end
from helium.errors import Issue

Records = Mapping[str, Record | CorruptRecord]
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SeenUpTo:
    """What passes have seen of history: the commit (`None`: count from the start), and when the last one was."""

    commit: str | None
    last_pass: datetime | None
    now: datetime

    @classmethod
    def of(cls, fleet_record: FleetRecord | None, *, commit: str | None, now: datetime) -> SeenUpTo:
        """By the fleet's record."""
        last = fleet_record.last_pass if fleet_record else None
        return cls(commit, last.time if last else None, now)


def informative_additions(
    additions: Mapping[str, Addition], records: Records, *, seen: SeenUpTo
) -> dict[str, Addition]:
    """Of the additions since what was seen (of all history where nothing was), those that say more than records do."""
    if seen.commit is None:
        return {name: addition for name, addition in additions.items() if _says_more(addition, records.get(name))}
    return {
        name: _landed(_after_the_record(addition, records.get(name)), records.get(name), seen=seen)
        for name, addition in additions.items()
    }


def dated_removals(removals: Mapping[str, Removal], records: Records) -> dict[str, Removal]:
    """Of the removals since what was seen: what came after the record's own file, and went, is younger than that."""
    return {name: _removed_after_the_record(removal, records.get(name)) for name, removal in removals.items()}


def needs_addition(record: Record | CorruptRecord | None) -> bool:
    """Whether only history knows the file's owner and age: no readable record, or one whose incarnation has ended."""
    return not isinstance(record, Record) or record.emptied is not None or record.removed is not None


def current_record(
    reading: Reading | None, record: Record | CorruptRecord | None, *, addition: Addition | None
) -> Record | None:
    """The record, if it is of the workspace that the file asks for; `None` if it is of an earlier one of that name."""
    if not isinstance(record, Record):
        return None
    if reading is not None and (record.emptied or is_new_incarnation(record, reading, addition=addition)):
        return None
    return record


def with_history_errors(
    reading: Reading,
    record: Record | CorruptRecord | None,
    *,
    addition: Addition | None,
    lifetimes: LifetimeRules,
    now: datetime,
) -> Reading:
    """The file, with the errors that only its history shows: its deadline is too late, or it has no owner."""
    if not isinstance(reading, Spec):
        return reading
    current = current_record(reading, record, addition=addition)
    added_at = current.added_at if current else min(addition.added_at, now) if addition else now
    owner = owner_of(reading, record=current, addition=addition)
    too_late = lifetimes.too_long(reading, added_at=added_at, now=now)
    issues = (*(() if too_late is None else (too_late,)), *_without_owner(reading, owner))
    until = None if too_late is None else added_at + lifetimes.of(reading.team).longest
    return InvalidSpec(reading.name, reading.path, reading.blob, issues, until) if issues else reading


def end_of_living(
    spec: Spec,
    record: Record | CorruptRecord | None,
    *,
    addition: Addition | None,
    lifetimes: LifetimeRules,
    now: datetime,
) -> datetime | None:
    """When the workspace of this file ends, if there is one yet."""
    current = current_record(spec, record, addition=addition)
    return current_end(current, spec, lifetimes=lifetimes, now=now).at if current else None


def _without_owner(spec: Spec, owner: str) -> tuple[Issue, ...]:
    if is_mail(owner) and not is_noreply(owner):
        return ()
    whose = f"nobody reads mail to its owner {owner}" if owner else "it has no owner"
    return (Issue(spec.path, 1, 1, "/owner", f"{whose}; add a line like owner: you@example.com"),)


def _says_more(addition: Addition, record: Record | CorruptRecord | None) -> bool:
    """Whether an addition found in a walk of all history says anything about a name.

    Mostly it is the one that the record began with, whose times may have been rewritten or clamped since. It can be
    another incarnation's only where the name was absent after the file that is on record.
    """
    before = record.seen_blob if isinstance(record, Record) else None
    return addition.blob_before == before or needs_addition(record)


def _landed(addition: Addition, record: Record | CorruptRecord | None, *, seen: SeenUpTo) -> Addition:
    """A branch that waited days for its review, and came by fast-forward, was added when it landed.

    Its commits are older than the last pass, which did not have them: so they landed after that pass, at the latest
    now. Nothing that lives counts as younger by this.
    """
    lives = record is not None and (isinstance(record, CorruptRecord) or record.emptied is None)
    if lives or seen.last_pass is None or addition.added_at >= seen.last_pass:
        return addition
    return replace(addition, added_at=seen.now)


def _after_the_record(addition: Addition, record: Record | CorruptRecord | None) -> Addition:
    """What came back since the last pass is younger than the record, even if a slow clock dated its commit before."""
    if addition.blob_before is None or not isinstance(record, Record):
        return addition
    addition = replace(addition, lineage=_lineage_after(record, addition.lineage))
    if addition.added_at >= record.added_at:
        return addition
    return replace(addition, added_at=record.added_at + _MOMENT)


def _removed_after_the_record(removal: Removal, record: Record | CorruptRecord | None) -> Removal:
    if not isinstance(record, Record):
        return removal
    return replace(removal, lineage=_lineage_after(record, removal.lineage))


def _lineage_after(record: Record, lineage: Lineage | None) -> Lineage | None:
    """The same, for what came after another file of that name."""
    if lineage is None or lineage.added_at is None or not lineage.after_another:
        return lineage
    return lineage if lineage.added_at >= record.added_at else replace(lineage, added_at=record.added_at + _MOMENT)
