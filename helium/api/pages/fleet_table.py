"""The fleet as a table: sorted by deadline, filtered, counted, and cut into pages."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from helium.api.index import Index, IndexRow
from helium.api.pages.progress import progress
from helium.api.query import rows, searched
from helium.core.deadlines import format_instant, time_left
from helium.core.live import LiveStack
from helium.core.status import StatusWord
from helium.core.summary import Summary

SIZE = 50
SOON = timedelta(days=1)
FRESH = timedelta(seconds=2)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Left:
    """The time that is left: for people, as an instant, and in percent of the time between `added_at` and the deadline.

    `tone` is `soon` in the last day, `past` after the deadline, else empty.
    """

    text: str = ""
    deadline: str = ""
    share: int = 0
    tone: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One workspace in the table. `doing`: what a pass is doing with it, in place of why it is as it is."""

    summary: Summary
    left: Left
    doing: str = ""


@dataclass(frozen=True, slots=True)
class TableQuery:
    """Which part of the fleet to show; `page` counts from 1."""

    q: str = ""
    status: str = ""
    owner: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class TablePage:
    """The lines of one page, and what they are a part of. `statuses` counts what would match in each status."""

    lines: tuple[TableRow, ...]
    total: int
    page: int
    pages: int
    statuses: Mapping[str, int]
    owners: tuple[str, ...]
    all: int


@dataclass(frozen=True, slots=True)
class Searchable:
    """A workspace at one instant, with all its text in which a search looks."""

    summary: Summary
    text: str


@dataclass(frozen=True, slots=True)
class SortedFleet:
    """The whole fleet at one instant, soonest deadline first."""

    index: Index
    at: datetime
    everyone: tuple[Searchable, ...]
    owners: tuple[str, ...]


class FleetCache:
    """Keeps the newest fleet for two seconds: however many people look, it is summed up once. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: SortedFleet | None = None

    def of(self, index: Index, now: datetime) -> SortedFleet:
        """The fleet of this index, at most two seconds old."""
        with self._lock:
            fleet = self._newest
            if fleet is None or fleet.index is not index or not timedelta(0) <= now - fleet.at < FRESH:
                fleet = self._newest = sorted_fleet(index, now)
            return fleet


def sorted_fleet(index: Index, now: datetime) -> SortedFleet:
    """Sum up every workspace."""
    everyone = sorted(
        (_searchable(row, now) for row in rows(index, index.names)), key=lambda each: each.summary.deadline or _NEVER
    )
    owners = {each.summary.owner for each in everyone if each.summary.owner}
    return SortedFleet(index, now, tuple(everyone), tuple(sorted(owners)))


def part(
    fleet: SortedFleet, query: TableQuery, *, now: datetime, at_work: Mapping[str, LiveStack] | None = None
) -> TablePage:
    """The page that the query names, or the nearest one that exists."""
    matching = [each for each in fleet.everyone if _matches(each, query)]
    shown = [each for each in matching if not query.status or each.summary.status == query.status]
    pages = max(1, ceil(len(shown) / SIZE))
    page = min(max(1, query.page), pages)
    counts = Counter(each.summary.status for each in matching)
    return TablePage(
        lines=tuple(
            _row(each.summary, fleet.index, now=now, doing=(at_work or {}).get(each.summary.name))
            for each in shown[(page - 1) * SIZE : page * SIZE]
        ),
        total=len(shown),
        page=page,
        pages=pages,
        statuses={word.value: counts[word] for word in StatusWord if counts[word] or word == query.status},
        owners=fleet.owners,
        all=len(fleet.everyone),
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


def _row(summary: Summary, index: Index, *, now: datetime, doing: LiveStack | None) -> TableRow:
    at = progress(doing, now)
    # Without its clock, or the page would be another one every second.
    said = " · ".join(filter(None, (at.verb, at.count, at.resource and f"now {at.resource}"))) if at else ""
    return TableRow(summary, left(summary, now=now, lifetime=index.fleet.defaults.lifetime), said)


def without_file(index: Index) -> Iterator[IndexRow]:
    """Records without a file."""
    return (row for row in rows(index, index.names) if row.reading is None)


def faulty(index: Index, now: datetime) -> Iterator[Summary]:
    """Workspaces whose files have errors."""
    return (each for each in (row.summary(now) for row in rows(index, index.names)) if each.issues)
