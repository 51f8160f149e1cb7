"""One workspace in one row: what the list, the API, the pages and the right to change say of it.

Pure, and the only place that decides who owns a workspace, when it ends and what its status is. Whatever shows a
workspace calls this, so no two of them can disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from helium.core.additions import current_record, with_history_errors
from helium.core.change_request import RequestInProgress, RequestProgress
from helium.core.fleet import Defaults, Fleet, backend_name
from helium.core.grace import grace_ends
from helium.core.incarnations import owner_of
from helium.core.lifetimes import End, LifetimeRules
from helium.core.record import CorruptRecord, Record
from helium.core.spec import Addition, InvalidSpec, Reading, Spec
from helium.core.status import StatusWord, status
from helium.core.transitions import allowed_end, current_end
from helium.errors import Issue

if TYPE_CHECKING:
    from helium.core.observation import Observation


@dataclass(frozen=True, slots=True)
class Summary:
    """One row. A text that is not known is empty; an instant that is not known is `None`.

    `reason` is why the status is what it is now. `deadline` and `added_at` are known before the first pass too, from
    the commit that added the file. `held` says why the guard keeps a change from being applied. `undo_until`: it is to
    be destroyed, and until then somebody can take that back. `moved_from`: the end that is written, where `deadline` is
    a later one: it lies outside working hours.
    `takes`: by unit, what it takes in each hour; `per_day`: what that costs, where there are rates.
    """

    name: str
    status: StatusWord
    reason: str
    owner: str
    backend: str
    deadline: datetime | None
    added_at: datetime | None
    expired: bool
    protected: bool
    held: str
    issues: tuple[Issue, ...]
    undo_until: datetime | None = None
    takes: tuple[tuple[str, str], ...] = ()
    per_day: str = ""
    moved_from: datetime | None = None


def summary(
    name: str,
    reading: Reading | None,
    *,
    record: Record | CorruptRecord | None,
    addition: Addition | None,
    fleet: Fleet,
    now: datetime,
) -> Summary:
    """The row of a name that has a file, a record, or both; `addition`: how the file came to main, if history says.

    A pass does not parse a file that is in step with its record; then all of it comes from the record.
    """
    current = current_record(reading, record, addition=addition)
    # Without record and history, as in a shallow clone, owner and age are unknown, which is not the file's error.
    if reading is not None and (current or addition):
        reading = with_history_errors(reading, record, addition=addition, lifetimes=fleet.lifetimes, now=now)
    added_at = current.added_at if current else min(addition.added_at, now) if addition else None
    end = _end(reading, current, added_at=added_at, lifetimes=fleet.lifetimes, now=now)
    deadline = end.at if end else None
    until = _undo_until(reading, record, current=current, fleet=fleet, now=now)
    how = status(reading, record, current=current, deadline=deadline, now=now, undo_until=until)
    return Summary(
        name=name,
        status=how.word,
        reason=how.reason,
        owner=owner_of(reading, record=current, addition=addition),
        backend=_backend(reading, current, earlier=record),
        deadline=deadline,
        added_at=added_at,
        expired=deadline is not None and deadline <= now,
        protected=_is_protected(reading, record),
        held=record.held.why if isinstance(record, Record) and record.held else "",
        issues=reading.issues if isinstance(reading, InvalidSpec) else (),
        undo_until=until,
        moved_from=end.moved_from if end else None,
    )


def asked_summary(asked: RequestInProgress, *, defaults: Defaults) -> Summary:
    """The row of a name that has neither a file nor a record yet, only a request in a pull request."""
    words = {
        RequestProgress.REQUESTED: StatusWord.REQUESTED,
        RequestProgress.MERGING: StatusWord.MERGING,
        RequestProgress.MERGED: StatusWord.REQUESTED,
    }
    backend = asked.request.fields.get("backend")
    return Summary(
        name=asked.request.name,
        status=words.get(asked.progress, StatusWord.FAILED),
        reason=asked.sentence,
        owner=asked.request.owner,
        backend=backend_name(backend) if isinstance(backend, str) and backend else defaults.backend,
        deadline=None,
        added_at=None,
        expired=False,
        protected=False,
        held="",
        issues=(),
    )


def summary_of(name: str, observed: Observation, *, now: datetime) -> Summary:
    """The row of a name that was observed, without a look at the stacks."""
    record = observed.records.get(name)
    row = summary(
        name,
        observed.specs.get(name),
        record=record,
        addition=observed.additions.get(name),
        fleet=observed.fleet,
        now=now,
    )
    taken = record.taken if isinstance(record, Record) else None
    if taken is None:
        return row
    # Few fleets count anything, and exact sums take a while to import.
    from helium.core.spending import Spending, as_texts

    spends = Spending.of(taken, observed.fleet.rates, deadline=None, now=now)
    return replace(row, takes=as_texts(taken), per_day=spends.per_day)


def _end(
    reading: Reading | None,
    current: Record | None,
    *,
    added_at: datetime | None,
    lifetimes: LifetimeRules,
    now: datetime,
) -> End | None:
    """As a pass counts it: what the file asks for, else what the record holds, else the default since it was added."""
    if current is not None:
        if isinstance(reading, Spec):
            return current_end(current, reading, lifetimes=lifetimes, now=now)
        return allowed_end(reading, current, lifetimes=lifetimes)
    if not isinstance(reading, Spec):
        return None
    if added_at is not None:
        return lifetimes.end_of(reading, added_at=added_at)
    # Nobody knows how long it may live, so nobody knows whether its end moves.
    return End(reading.expiry, reading.expiry) if reading.expiry else None


def _undo_until(
    reading: Reading | None,
    record: Record | CorruptRecord | None,
    *,
    current: Record | None,
    fleet: Fleet,
    now: datetime,
) -> datetime | None:
    """Until when its destroy waits; `None` where it is not to go, or where something else holds it."""
    if not isinstance(record, Record) or record.held or record.protected or record.emptied:
        return None
    replaced = current is None and isinstance(reading, Spec)
    end = _end(reading, record, added_at=None, lifetimes=fleet.lifetimes, now=now)
    if reading is not None and not replaced and (end is None or end.at > now):
        return None
    return grace_ends(record, fleet=fleet, now=now)


def _backend(reading: Reading | None, current: Record | None, *, earlier: Record | CorruptRecord | None) -> str:
    """Where it runs, else where it will run, else where the earlier workspace of that name ran."""
    if current is not None:
        return current.backend
    if isinstance(reading, Spec):
        return reading.backend
    return earlier.backend if isinstance(earlier, Record) else ""


def _is_protected(reading: Reading | None, record: Record | CorruptRecord | None) -> bool:
    """By its file or its record: a pass takes the protection off, and only then may the stack go."""
    return (isinstance(reading, Spec) and reading.protected) or (isinstance(record, Record) and record.protected)
