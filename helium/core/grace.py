"""The grace: how long a destroy waits, so that a person who made a mistake can take it back.

Pure. It begins once for each end: with the deadline, or when a pass first saw that the file is gone, replaced, or moved
its deadline into the past. It only ever delays a destroy. It holds neither what has begun, nor what a person allowed by
name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from helium.core.incarnations import is_new_incarnation
from helium.core.record import Phase, Record
from helium.core.spec import UNDECIDED, Removal, Spec
from helium.core.transitions import current_end, recorded_end, took_away

if TYPE_CHECKING:
    from helium.core.fleet import Fleet
    from helium.core.lifetimes import LifetimeRules
    from helium.core.observation import Observation


_UNKNOWN = datetime(9000, 1, 1, tzinfo=UTC)
"""It has begun, and nobody could tell when. An instant that has not come counts from the next look that is believed."""


def grace_ends(record: Record, *, fleet: Fleet, now: datetime) -> datetime | None:
    """Until when the destroy of this workspace waits, if it is to go; `None` where it does not wait, or not any more.

    An instant of a clock that was ahead does not count: it would hold the workspace until that comes.
    """
    grace = fleet.limits.grace
    if not grace or record.phase in (Phase.DELETING, Phase.GONE) or record.released:
        return None
    ends = (grace_began(record, lifetimes=fleet.lifetimes, now=now) or now) + grace
    return ends if ends > now else None


def grace_began(record: Record, *, lifetimes: LifetimeRules, now: datetime) -> datetime | None:
    """Since when it is to go; `None` where no pass has noted that yet."""
    # What a pass noted counts before the deadline: it may be of an end that came after an extension.
    known = (record.due, recorded_end(record, lifetimes).at)
    return next((each for each in known if each is not None and each <= now), None)


def noted_due(record: Record, observed: Observation, *, now: datetime, believed: datetime | None) -> Record:
    """The same, as it is written down. `believed`: the time that holds where this clock is in doubt.

    Without a witness that is the time of an earlier pass, from which a grace would be over too early.
    """
    new = with_due(record, observed, now=believed or now)
    doubtful = believed is not None and observed.remote_time is None
    return replace(new, due=_UNKNOWN) if doubtful and new.due is not None and new.due == believed else new


def with_due(record: Record, observed: Observation, *, now: datetime) -> Record:
    """The record as this look leaves it, as far as its grace goes: since when it is to go, or that it stays.

    That never begins again for the same end. It does where its own file was put back or edited meanwhile, perhaps for
    more time, and its end is another one.
    """
    file, removal = observed.specs.get(record.name), observed.removals.get(record.name)
    addition, lifetimes = observed.additions.get(record.name), observed.fleet.lifetimes
    deadline = recorded_end(record, lifetimes).at
    if record.phase in (Phase.DELETING, Phase.GONE) or not (file is None or isinstance(file, Spec)):
        return record
    if file is None:
        edited = _was_edited(record, removal)
        begins = now if edited else min(deadline, now)
        return _due(record, begins=begins, begins_again=_was_back(record, removal) or edited, now=now)
    if is_new_incarnation(record, file, addition=addition):
        edited = record.removed is None and addition is not None and _is_other(record, addition.blob_before or "")
        return _due(record, begins=now if edited else min(deadline, now), begins_again=edited, now=now)
    end = current_end(record, file, lifetimes=lifetimes, now=now).at
    again = record.removed is not None or record.name in observed.changed_back
    # What was due before this end was due by an earlier one. It was extended, and no pass saw that.
    again = again or (record.due is not None and record.due < end)
    return _due(record, begins=min(max(deadline, end), now), begins_again=again, now=now, stays=end > now)


def _due(record: Record, *, begins: datetime, begins_again: bool, now: datetime, stays: bool = False) -> Record:
    """An instant that has not come yet is of a clock that was ahead.

    It begins with the deadline, if that has passed; not where the file was edited since a pass saw that deadline.
    """
    if stays:
        since = None
    else:
        since = begins if record.due is None or begins_again else min(record.due, now)
    return record if since == record.due else replace(record, due=since)


def _was_edited(record: Record, removal: Removal | None) -> bool:
    """Whether its own file was another one before it went than a pass saw last.

    What nobody could look up says so each time.
    """
    if removal is None or record.removed is not None or removal.origin == UNDECIDED or not took_away(removal, record):
        return False
    between = removal.lineage.blobs if removal.lineage else frozenset[str]()
    return any(_is_other(record, blob) for blob in (removal.blob, *between))


def _is_other(record: Record, blob: str) -> bool:
    return blob not in ("", record.seen_blob)


def _was_back(record: Record, removal: Removal | None) -> bool:
    """Whether its own file was put back and removed once more since a pass saw it gone: that is another end."""
    known = record.removed
    if removal is None or known is None or removal.commit == known.commit:
        return False
    # While the host is away, what it knows of its removals is written down by nobody, and comes with every look.
    return removal.origin != UNDECIDED and removal.added_at is not None and took_away(removal, record)
