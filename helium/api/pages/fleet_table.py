"""A workspace as one line of the fleet, and the fleet as the part of it that somebody asked to see."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from helium.api.index import Index, IndexRow
from helium.api.query import rows, searched
from helium.core.expiry import format_instant, time_left
from helium.core.status import StatusWord
from helium.core.summary import Summary

SIZE = 50
SOON = timedelta(days=1)
FRESH = timedelta(seconds=2)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Left:
    """The time that is left: for people, as an instant, and as a share of the whole life, in percent.

    `tone` is `soon` in the last day, `past` after the deadline, else empty.
    """

    text: str = ""
    deadline: str = ""
    share: int = 0
    tone: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One workspace in the table."""

    summary: Summary
    left: Left


@dataclass(frozen=True, slots=True)
class TableQuery:
    """What of the fleet is asked for; `page` counts from 1."""

    q: str = ""
    phase: str = ""
    owner: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class TablePage:
    """The lines that are shown, and what they are a part of. `phases` counts what matches but for the phase."""

    lines: tuple[TableRow, ...]
    total: int
    page: int
    pages: int
    phases: Mapping[str, int]
    owners: tuple[str, ...]
    all: int


@dataclass(frozen=True, slots=True)
class Searchable:
    """A workspace at one instant, with all its text in which a search looks."""

    summary: Summary
    text: str


@dataclass(frozen=True, slots=True)
class Roll:
    """The whole fleet at one instant, soonest deadline first."""

    index: Index
    at: datetime
    everyone: tuple[Searchable, ...]
    owners: tuple[str, ...]


class Rolls:
    """Keeps the newest roll for a moment: however many people look, it is called once. Several threads may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Roll | None = None

    def of(self, index: Index, now: datetime) -> Roll:
        """The roll of this index, not older than two seconds."""
        with self._lock:
            roll = self._newest
            if roll is None or roll.index is not index or not timedelta(0) <= now - roll.at < FRESH:
                roll = self._newest = called(index, now)
            return roll


def called(index: Index, now: datetime) -> Roll:
    """Look at every workspace."""
    everyone = sorted(
        (_searchable(row, now) for row in rows(index, index.names)), key=lambda each: each.summary.deadline or _NEVER
    )
    owners = {each.summary.owner for each in everyone if each.summary.owner}
    return Roll(index, now, tuple(everyone), tuple(sorted(owners)))


def part(roll: Roll, query: TableQuery, *, now: datetime) -> TablePage:
    """The page that is asked for; the nearest where there is none of that number."""
    matching = [each for each in roll.everyone if _matches(each, query)]
    shown = [each for each in matching if not query.phase or each.summary.status == query.phase]
    pages = max(1, ceil(len(shown) / SIZE))
    page = min(max(1, query.page), pages)
    counts = Counter(each.summary.status for each in matching)
    return TablePage(
        lines=tuple(_row(each.summary, roll.index, now=now) for each in shown[(page - 1) * SIZE : page * SIZE]),
        total=len(shown),
        page=page,
        pages=pages,
        phases={word.value: counts[word] for word in StatusWord if counts[word] or word == query.phase},
        owners=roll.owners,
        all=len(roll.everyone),
    )


def left(summary: Summary, *, now: datetime, lifetime: timedelta) -> Left:
    """How much of its time is left. `lifetime` stands in where nobody knows when it was added."""
    deadline = summary.deadline
    if deadline is None:
        return Left()
    added_at = summary.added_at or min(now, deadline - lifetime)
    share = (deadline - now) / (deadline - added_at) if deadline > added_at else 0.0
    tone = "past" if deadline <= now else "soon" if deadline - now < SOON else ""
    return Left(time_left(deadline, now), format_instant(deadline), max(0, min(100, round(share * 100))), tone)


def _searchable(row: IndexRow, now: datetime) -> Searchable:
    summary = row.summary(now)
    return Searchable(summary, searched(row, summary.owner))


def _matches(each: Searchable, query: TableQuery) -> bool:
    if query.owner and each.summary.owner.lower() != query.owner.lower():
        return False
    return all(word in each.text for word in query.q.lower().split())


def _row(summary: Summary, index: Index, *, now: datetime) -> TableRow:
    return TableRow(summary, left(summary, now=now, lifetime=index.fleet.defaults.lifetime))


def without_file(index: Index) -> Iterator[IndexRow]:
    """Records that no file explains."""
    return (row for row in rows(index, index.names) if row.reading is None)


def faulty(index: Index, now: datetime) -> Iterator[Summary]:
    """Workspaces whose files have faults."""
    return (each for each in (row.summary(now) for row in rows(index, index.names)) if each.faults)
