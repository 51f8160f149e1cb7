"""The fleet as a table, as values: what is asked for, and what a page of it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.api.index import Index, IndexRow
from helium.api.query import rows
from helium.core.attention import SOON, Attention
from helium.core.deadlines import format_instant, time_left
from helium.core.summary import Summary

USUAL = "left"


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
    `labels`: as `key=value`. `attention`: why somebody should look at it, if so. `opens`: where it is in a browser, by
    the label and the address; empty until it is ready.
    """

    summary: Summary
    left: Left
    doing: str = ""
    about: str = ""
    labels: tuple[str, ...] = ()
    attention: Attention | None = None
    opens: tuple[str, str] = ("", "")


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

    @property
    def before_all(self) -> tuple[object, ...]:
        """What stands before the whole fleet, which is another one for each viewer."""
        return self.urgent, self.urgent_total, self.own, self.own_total


def left(summary: Summary, *, now: datetime, lifetime: timedelta) -> Left:
    """How much of its time is left. `lifetime` stands in where nobody knows when it was added."""
    deadline = summary.deadline
    if deadline is None:
        return Left()
    added_at = summary.added_at or min(now, deadline - lifetime)
    share = (deadline - now) / (deadline - added_at) if deadline > added_at else 0.0
    tone = "past" if deadline <= now else "soon" if deadline - now < SOON else ""
    return Left(time_left(deadline, now), format_instant(deadline), max(0, min(100, round(share * 100))), tone)


def without_file(index: Index) -> Iterator[IndexRow]:
    """Records without a file."""
    return (row for row in rows(index, index.names) if row.reading is None)


def faulty(index: Index, now: datetime) -> Iterator[Summary]:
    """Workspaces whose files have errors."""
    return (each for each in (row.summary(now) for row in rows(index, index.names)) if each.issues)
