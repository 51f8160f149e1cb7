"""A month's usage as people and programs read it: rows with hours, amounts and, where there are rates, money. Pure.

Each row is rounded where it is shown, and so is the total, which is the sum of what was not rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from helium.core.amounts import SCALE
from helium.core.deadlines import format_instant
from helium.core.digest import Json
from helium.core.rates import Rates, decimals, rounded
from helium.core.usage import Lifetimes, Span
from helium.core.usage_sums import Month, UsageSum, summed, total


def _everything(_: Span) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The usage of one month, `by` one of the keys. `until`: now, or the month's end. `doubts`: why it may be wrong."""

    month: Month
    by: str
    until: datetime
    rows: tuple[UsageSum, ...]
    rates: Rates | None = None
    doubts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        lived: Lifetimes,
        month: Month,
        *,
        by: str,
        now: datetime,
        rates: Rates | None,
        counts: Callable[[Span], bool] = _everything,
    ) -> UsageReport:
        """Of everything that lived, or of what `counts`."""
        rows = summed(filter(counts, lived.spans), month, by=by, now=now)
        return cls(month, by, min(now, month.after.begin), rows, rates, lived.doubts)

    @property
    def total(self) -> UsageSum:
        """Of all rows."""
        return total(self.rows)

    @property
    def units(self) -> tuple[str, ...]:
        """Every unit that was taken, those with a price first."""
        known = {unit for row in self.rows for unit in row.taken}
        return tuple(sorted(known, key=lambda unit: (self.rates is not None and not self.rates.knows(unit), unit)))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The units that no rate is set for, where there are rates at all."""
        return tuple(unit for unit in self.units if self.rates is not None and not self.rates.knows(unit))

    def cost(self, row: UsageSum) -> Fraction | None:
        """What a row costs, exactly; `None` without rates."""
        return self.rates.cost(row.taken) if self.rates is not None else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know besides the numbers."""
        unknown = self.total.unknown
        lacking = [f"Nothing is known of what workspaces took in {hours(unknown)} hours; that costs nothing here."]
        prices = [f"helium.yaml has no rate for {', '.join(self.unpriced)}, so that costs nothing here."]
        return (*self.doubts, *(lacking if unknown else ()), *(prices if self.unpriced else ()))


def hours(minutes: int) -> str:
    """Minutes as hours."""
    return decimals(Fraction(minutes, 60), 2)


def unit_hours(taken: int, *, places: int = 2) -> str:
    """What was taken of a unit, times hours."""
    return decimals(Fraction(taken, SCALE * 60), places)


def as_json(report: UsageReport) -> dict[str, Json]:
    """The documented form. Without rates, nothing in it is about money."""
    priced = {"currency": report.rates.currency} if report.rates else {}
    return {
        "month": str(report.month),
        "until": format_instant(report.until),
        "by": report.by,
        **priced,
        "rows": [{report.by: row.key, **_json(row, report)} for row in report.rows],
        "total": _json(report.total, report),
        "warnings": list(report.warnings),
    }


def _json(row: UsageSum, report: UsageReport) -> dict[str, Json]:
    cost = report.cost(row)
    return {
        "workspaces": row.workspaces,
        "minutes": row.minutes,
        "unknown_minutes": row.unknown,
        "amounts": {unit: unit_hours(row.taken[unit], places=6) for unit in sorted(row.taken)},
        **({} if cost is None else {"cost": rounded(cost)}),
    }


def table(report: UsageReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The heads, and a row of cells each, the total last."""
    money = (f"COST ({report.rates.currency})",) if report.rates else ()
    heads = (report.by.upper(), "WORKSPACES", "HOURS", *(f"{unit} h" for unit in report.units), *money)
    rows = [_cells(row, report, key=shown_key(row.key, by=report.by)) for row in report.rows]
    return heads, [*rows, _cells(report.total, report, key="total")]


_NONE = {"owner": "(nobody known)", "team": "(no team)", "backend": "(unknown)", "workspace": "(unknown)"}
"""How a row without a key is shown."""


def shown_key(key: str, *, by: str) -> str:
    """A row's key for people."""
    return key or _NONE[by]


def _cells(row: UsageSum, report: UsageReport, *, key: str) -> tuple[str, ...]:
    cost = report.cost(row)
    taken = (unit_hours(row.taken[unit]) for unit in report.units)
    return (key, str(row.workspaces), hours(row.minutes), *taken, *(() if cost is None else (rounded(cost),)))


def csv_rows(report: UsageReport) -> Iterator[tuple[str, ...]]:
    """For spreadsheets: a head and a line for each row, without a total."""
    money = ("cost", "currency") if report.rates else ()
    heads = ("month", report.by, "workspaces", "minutes", "unknown_minutes")
    yield (*heads, *(f"{unit}_hours" for unit in report.units), *money)
    for row in report.rows:
        cost = report.cost(row)
        priced = (rounded(cost), report.rates.currency) if cost is not None and report.rates else ()
        taken = (unit_hours(row.taken[unit], places=6) for unit in report.units)
        counted = (str(row.workspaces), str(row.minutes), str(row.unknown))
        yield (str(report.month), row.key, *counted, *taken, *priced)
