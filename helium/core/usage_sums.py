"""Sums of usage: what was taken in a month, by owner, team, backend or workspace. Pure, and exact to the minute.

Each instant counts by its minute, so sums are whole numbers of minutes. A month is one of UTC, as every date in Helium
is: no clock is put forward or back in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from helium.core.amounts import millionths
from helium.core.usage import Span

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_LAST_YEAR = 9998


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Of `2026-11`; `ValueError` with a sentence."""
        found = _MONTH.fullmatch(text)
        if found is None or not 1 <= int(found[1]) <= _LAST_YEAR:
            raise ValueError(f"{text[:40]!r} is not a month; write one like 2026-11")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, instant: datetime) -> Month:
        """The one that an instant is in."""
        utc = instant.astimezone(UTC)
        return cls(utc.year, utc.month)

    @property
    def begin(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def after(self) -> Month:
        """The next one."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def before(self) -> Month:
        """The one before."""
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(slots=True)
class UsageSum:
    """What was taken under one key. `taken`: by unit, in millionths of it, times minutes.

    `workspaces`: lifetimes, each counted once. `unknown`: the minutes in which nobody knew what was taken.
    """

    key: str
    minutes: int = 0
    unknown: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    lifetimes: set[tuple[str, datetime]] = field(default_factory=set)

    @property
    def workspaces(self) -> int:
        """How many lived in that time."""
        return len(self.lifetimes)

    def add(self, span: Span, minutes: int) -> None:
        """Count so many minutes of a span."""
        self.minutes += minutes
        self.lifetimes.add((span.name, span.began))
        if span.amounts is None:
            self.unknown += minutes
            return
        for unit, amount in span.amounts.items():
            self.taken[unit] += millionths(amount) * minutes


KEYS: Mapping[str, Callable[[Span], str]] = {
    "owner": lambda span: span.owner.lower(),
    "team": lambda span: span.team,
    "backend": lambda span: span.backend,
    "workspace": lambda span: span.name,
}
"""By what usage may be summed."""


def summed(spans: Iterable[Span], month: Month, *, by: str, now: datetime) -> tuple[UsageSum, ...]:
    """The sums of a month by key, sorted; of one that is not over, up to now. Keys without a minute are left out."""
    key_of, sums = KEYS[by], dict[str, UsageSum]()
    first, last = minute(month.begin), min(minute(month.after.begin), minute(now))
    for span in spans:
        end = last if span.end is None else min(last, minute(span.end))
        minutes = end - max(first, minute(span.begin))
        if minutes > 0:
            key = key_of(span)
            sums.setdefault(key, UsageSum(key)).add(span, minutes)
    return tuple(sums[key] for key in sorted(sums))


def total(sums: Iterable[UsageSum]) -> UsageSum:
    """All of them together."""
    whole = UsageSum("")
    for each in sums:
        whole.minutes += each.minutes
        whole.unknown += each.unknown
        whole.taken.update(each.taken)
        whole.lifetimes |= each.lifetimes
    return whole


def minute(instant: datetime) -> int:
    """The minute that an instant is in, counted from the epoch."""
    return int(instant.timestamp() // 60)
