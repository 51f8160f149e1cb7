"""The whole fleet summed up once for all who look at it within two seconds, and cut into the pages of a table.

What one viewer should look at first is found by whose it is, and never by a look at the whole fleet. It decides
nothing about a workspace.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from helium.api.index import Index, IndexRow
from helium.api.pages.fleet_table import USUAL, TablePage, TableQuery, TableRow, Viewer, left
from helium.api.pages.freshness import version
from helium.api.pages.progress import progress
from helium.api.query import rows, searched
from helium.api.responses import ways_of
from helium.core.attention import Attention, attention, needs
from helium.core.connections import URL
from helium.core.live import LiveStack
from helium.core.spec import Spec
from helium.core.status import StatusWord
from helium.core.summary import Summary

SIZE = 50
FIRST = 6
"""So many of what matters to the viewer stand before the whole fleet; a link leads to the rest."""
FRESH = timedelta(seconds=2)
_MOST_PARTS = 200
"""So many different searches within two seconds are kept."""
_NEVER = datetime.max.replace(tzinfo=UTC)


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
    """The whole fleet at one instant, soonest deadline first.

    `by_owner`: by their mail in small letters. `urgent`: what needs anybody's attention. `parts` keeps what was cut
    from it, by query and by what passes are at: so many people see the same.
    """

    index: Index
    at: datetime
    everyone: tuple[Searchable, ...]
    owners: tuple[str, ...]
    by_owner: Mapping[str, tuple[Searchable, ...]] = field(default_factory=dict)
    urgent: tuple[Searchable, ...] = ()
    parts: dict[object, TablePart] = field(default_factory=dict, compare=False, repr=False)

    def cut(self, query: TableQuery, *, viewer: Viewer, at_work: Mapping[str, LiveStack]) -> TablePart | None:
        """The part that somebody has asked for before, without what stands before the whole fleet."""
        return self.parts.get(_key(query, viewer=viewer, at_work=at_work))


def _key(query: TableQuery, *, viewer: Viewer, at_work: Mapping[str, LiveStack]) -> object:
    # Only a search for what is urgent finds something else for each viewer.
    return query, tuple(at_work.values()), viewer if query.urgent else None


@dataclass(frozen=True, slots=True)
class TablePart:
    """What is the same for every viewer of one query, with a digest of all of it. `drawn`: its table, once drawn."""

    table: TablePage
    version: str
    drawn: list[str] = field(default_factory=list, compare=False, repr=False)


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

    def ready(self, index: Index, now: datetime) -> SortedFleet | None:
        """The fleet of this index, if it is there already. It blocks nobody."""
        fleet = self._newest
        fits = fleet is not None and fleet.index is index and timedelta(0) <= now - fleet.at < FRESH
        return fleet if fits else None

    def of(self, index: Index, now: datetime) -> SortedFleet:
        """The fleet of this index, at most two seconds old."""
        with self._lock:
            fleet = self.ready(index, now)
            if fleet is None:
                fleet = self._newest = sorted_fleet(index, now)
            return fleet


def sorted_fleet(index: Index, now: datetime) -> SortedFleet:
    """Sum up every workspace."""
    everyone = sorted(
        (_searchable(row, now) for row in rows(index, index.names)), key=lambda each: each.summary.deadline or _NEVER
    )
    owners = {each.summary.owner for each in everyone if each.summary.owner}
    by_owner: defaultdict[str, list[Searchable]] = defaultdict(list)
    for each in everyone:
        by_owner[each.summary.owner.lower()].append(each)
    return SortedFleet(
        index,
        now,
        tuple(everyone),
        tuple(sorted(owners)),
        {owner: tuple(theirs) for owner, theirs in by_owner.items()},
        tuple(each for each in everyone if each.attention is not None),
    )


def part(
    fleet: SortedFleet,
    query: TableQuery,
    *,
    viewer: Viewer | None = None,
    at_work: Mapping[str, LiveStack] | None = None,
) -> TablePart:
    """The page that the query names, or the nearest one that exists, and what matters to the viewer before it."""
    viewer, at_work = viewer or Viewer(), at_work or {}
    known = fleet.cut(query, viewer=viewer, at_work=at_work)
    if known is None:
        table = _matching(fleet, query, viewer=viewer, at_work=at_work)
        known = TablePart(table, version(table))
        if len(fleet.parts) < _MOST_PARTS:
            fleet.parts[_key(query, viewer=viewer, at_work=at_work)] = known
    if not query.is_first_look:
        return known
    urgent, own = _most_urgent(fleet, viewer), _own(fleet, viewer)
    first = replace(
        known.table,
        urgent=_lines(urgent[:FIRST], fleet, at_work=at_work),
        urgent_total=len(urgent),
        own=_lines(own[:FIRST], fleet, at_work=at_work),
        own_total=len(own),
    )
    return TablePart(first, version(known.version, first.before_all), known.drawn)


def _matching(fleet: SortedFleet, query: TableQuery, *, viewer: Viewer, at_work: Mapping[str, LiveStack]) -> TablePage:
    matching = [each for each in fleet.everyone if each.matches(query, viewer)]
    shown = [each for each in matching if not query.status or each.summary.status == query.status]
    pages = max(1, ceil(len(shown) / SIZE))
    page = min(max(1, query.page), pages)
    counts = Counter(each.summary.status for each in matching)
    return TablePage(
        lines=_lines(in_order(shown, query.sort)[(page - 1) * SIZE : page * SIZE], fleet, at_work=at_work),
        total=len(shown),
        page=page,
        pages=pages,
        statuses={word.value: counts[word] for word in StatusWord if counts[word] or word == query.status},
        owners=fleet.owners,
        all=len(fleet.everyone),
    )


def _lines(some: Sequence[Searchable], fleet: SortedFleet, *, at_work: Mapping[str, LiveStack]) -> tuple[TableRow, ...]:
    return tuple(_row(each, fleet.index, now=fleet.at, doing=at_work.get(each.summary.name)) for each in some)


def _most_urgent(fleet: SortedFleet, viewer: Viewer) -> Sequence[Searchable]:
    """What the viewer should look at: their own first, and of that the most urgent."""
    order = list(Attention)
    # Whoever is no admin looks after their own alone.
    some = fleet.urgent if viewer.admin else fleet.by_owner.get(viewer.owner.lower(), ())
    return sorted(
        (each for each in some if each.needs(viewer)),
        key=lambda each: (not each.of(viewer), order.index(each.attention or Attention.WAITS)),
    )


def _own(fleet: SortedFleet, viewer: Viewer) -> Sequence[Searchable]:
    """What else is the viewer's; nothing where the whole fleet is, since once is enough."""
    theirs = fleet.by_owner.get(viewer.owner.lower(), ()) if viewer.owner else ()
    own = [each for each in theirs if not each.needs(viewer)]
    return own if len(own) < len(fleet.everyone) else ()


def in_order(shown: Sequence[Searchable], sort: str) -> Sequence[Searchable]:
    """In the order that the viewer chose; what has no such value comes last both ways."""
    name, reverse = sort.removeprefix("-"), sort.startswith("-")
    key = SORTS[name]
    known = sorted((each for each in shown if key(each) not in (None, "")), key=key, reverse=reverse)
    return [*known, *(each for each in shown if key(each) in (None, ""))]


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
    opens = _opens(each.summary, index)
    return TableRow(each.summary, time_left, said, each.about, each.labels, each.attention, opens)


def _opens(summary: Summary, index: Index) -> tuple[str, str]:
    """The first of its ways in that a browser opens."""
    row = index.row(summary.name)
    if row is None or summary.status is not StatusWord.READY:
        return "", ""
    listed = ways_of(row, summary).listed
    return next(((each.label, each.text) for each in listed if each.kind == URL and each.text), ("", ""))
