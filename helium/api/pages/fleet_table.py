"""The fleet as a table: sorted by deadline, filtered, counted, and cut into pages."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from helium.api.index import Index, IndexRow
from helium.api.pages.progress import progress
from helium.api.query import rows, searched
from helium.core.attention import SOON, Attention, attention, needs
from helium.core.deadlines import format_instant, time_left
from helium.core.live import LiveStack
from helium.core.spec import Spec
from helium.core.status import StatusWord
from helium.core.summary import Summary

SIZE = 50
FIRST = 6
"""So many of what matters to the viewer stand before the whole fleet; a link leads to the rest."""
FRESH = timedelta(seconds=2)
USUAL = "left"
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
    """One workspace in the table.

    `doing`: what a pass is doing with it, in place of why it is as it is. `about`: what its owner says it is for.
    `labels`: as `key=value`. `attention`: why somebody should look at it, if so.
    """

    summary: Summary
    left: Left
    doing: str = ""
    about: str = ""
    labels: tuple[str, ...] = ()
    attention: Attention | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: what is theirs comes first."""

    owner: str = ""
    admin: bool = False


@dataclass(frozen=True, slots=True)
class TableQuery:
    """Which part of the fleet to show, in which order; `page` counts from 1.

    `label`: a `key=value`, or a key with any value. `urgent`: only what needs the viewer's attention. `sort`: one of
    `SORTS`, after a dash from its end.
    """

    q: str = ""
    status: str = ""
    owner: str = ""
    label: str = ""
    urgent: bool = False
    sort: str = USUAL
    page: int = 1

    @property
    def is_first_look(self) -> bool:
        """Whether nobody has searched, sorted or turned a page yet: then what matters to the viewer comes first."""
        return self == TableQuery()


@dataclass(frozen=True, slots=True)
class TablePage:
    """The lines of one page, and what they are a part of. `statuses` counts what would match in each status.

    `urgent` and `own`: at the first look, the first of what needs the viewer's attention, and the first of what else is
    theirs; `urgent_total` and `own_total` count all of that.
    """

    lines: tuple[TableRow, ...]
    total: int
    page: int
    pages: int
    statuses: Mapping[str, int]
    owners: tuple[str, ...]
    all: int
    urgent: tuple[TableRow, ...] = ()
    urgent_total: int = 0
    own: tuple[TableRow, ...] = ()
    own_total: int = 0


@dataclass(frozen=True, slots=True)
class Searchable:
    """A workspace at one instant, with all its text in which a search looks."""

    summary: Summary
    text: str
    about: str = ""
    labels: tuple[str, ...] = ()
    attention: Attention | None = None

    def of(self, viewer: Viewer) -> bool:
        """Whether it is the viewer's own."""
        return bool(viewer.owner) and self.summary.owner.lower() == viewer.owner.lower()

    def needs(self, viewer: Viewer) -> bool:
        """Whether the viewer should look at it."""
        return needs(self.attention, own=self.of(viewer), admin=viewer.admin)

    def matches(self, query: TableQuery, viewer: Viewer) -> bool:
        """Whether the query asks for it, whatever its status."""
        if query.owner and self.summary.owner.lower() != query.owner.lower():
            return False
        if query.label and not any(query.label in (each, each.partition("=")[0]) for each in self.labels):
            return False
        if query.urgent and not self.needs(viewer):
            return False
        return all(word in self.text for word in query.q.lower().split())


@dataclass(frozen=True, slots=True)
class SortedFleet:
    """The whole fleet at one instant, soonest deadline first."""

    index: Index
    at: datetime
    everyone: tuple[Searchable, ...]
    owners: tuple[str, ...]


_WORDS = list(StatusWord)
SORTS: Mapping[str, Callable[[Searchable], Any]] = {
    "name": lambda each: each.summary.name,
    "status": lambda each: _WORDS.index(each.summary.status),
    USUAL: lambda each: each.summary.deadline,
    "owner": lambda each: each.summary.owner.lower(),
    "about": lambda each: each.about.lower(),
}
"""What a table can be sorted by: the columns' own values."""


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
    fleet: SortedFleet,
    query: TableQuery,
    *,
    now: datetime,
    viewer: Viewer | None = None,
    at_work: Mapping[str, LiveStack] | None = None,
) -> TablePage:
    """The page that the query names, or the nearest one that exists."""
    viewer, at_work = viewer or Viewer(), at_work or {}
    matching = [each for each in fleet.everyone if each.matches(query, viewer)]
    shown = [each for each in matching if not query.status or each.summary.status == query.status]
    pages = max(1, ceil(len(shown) / SIZE))
    page = min(max(1, query.page), pages)
    counts = Counter(each.summary.status for each in matching)
    urgent = _most_urgent(fleet, viewer)
    own = [each for each in fleet.everyone if each.of(viewer) and not each.needs(viewer)]
    if len(own) == len(fleet.everyone):
        own = []  # the whole fleet is theirs: once is enough

    def lines(some: Sequence[Searchable]) -> tuple[TableRow, ...]:
        return tuple(_row(each, fleet.index, now=now, doing=at_work.get(each.summary.name)) for each in some)

    return TablePage(
        lines=lines(in_order(shown, query.sort)[(page - 1) * SIZE : page * SIZE]),
        total=len(shown),
        page=page,
        pages=pages,
        statuses={word.value: counts[word] for word in StatusWord if counts[word] or word == query.status},
        owners=fleet.owners,
        all=len(fleet.everyone),
        urgent=lines(urgent[:FIRST]) if query.is_first_look else (),
        urgent_total=len(urgent),
        own=lines(own[:FIRST]) if query.is_first_look else (),
        own_total=len(own),
    )


def _most_urgent(fleet: SortedFleet, viewer: Viewer) -> Sequence[Searchable]:
    """What the viewer should look at: their own first, and of that the most urgent."""
    order = list(Attention)
    return sorted(
        (each for each in fleet.everyone if each.needs(viewer)),
        key=lambda each: (not each.of(viewer), order.index(each.attention or Attention.WAITS)),
    )


def in_order(shown: Sequence[Searchable], sort: str) -> Sequence[Searchable]:
    """In the order that the viewer chose; what has no such value comes last both ways."""
    name, reverse = sort.removeprefix("-"), sort.startswith("-")
    key = SORTS[name]
    known = sorted((each for each in shown if key(each) not in (None, "")), key=key, reverse=reverse)
    return [*known, *(each for each in shown if key(each) in (None, ""))]


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
    spec = row.reading if isinstance(row.reading, Spec) else None
    labels = tuple(f"{key}={value}" for key, value in sorted(spec.labels.items())) if spec else ()
    waits = any(each.waits for each in row.requests)
    return Searchable(
        summary,
        searched(row, summary.owner),
        about=spec.description if spec else "",
        labels=labels,
        attention=attention(summary, now=now, waits=waits),
    )


def _row(each: Searchable, index: Index, *, now: datetime, doing: LiveStack | None) -> TableRow:
    at = progress(doing, now)
    # Without its clock, or the page would be another one every second.
    said = " · ".join(filter(None, (at.verb, at.count, at.resource and f"now {at.resource}"))) if at else ""
    time_left = left(each.summary, now=now, lifetime=index.fleet.lifetimes.of("").usual)
    return TableRow(each.summary, time_left, said, each.about, each.labels, each.attention)


def without_file(index: Index) -> Iterator[IndexRow]:
    """Records without a file."""
    return (row for row in rows(index, index.names) if row.reading is None)


def faulty(index: Index, now: datetime) -> Iterator[Summary]:
    """Workspaces whose files have errors."""
    return (each for each in (row.summary(now) for row in rows(index, index.names)) if each.issues)
