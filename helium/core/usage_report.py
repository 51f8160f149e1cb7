"""A month's usage as people and programs read it: rows with hours, amounts and, where there are rates, money. Pure.

Each row is rounded where it is shown, and so is the total, which is the sum of what was not rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
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
    def unpriced(self) -> tuple[str, ...]:
        """The units that no rate is set for, where there are rates at all."""
        units = {unit for row in self.rows for unit in row.taken}
        return tuple(sorted(unit for unit in units if self.rates is not None and not self.rates.knows(unit)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know besides the numbers."""
        unknown = self.total.unknown
        lacking = [f"Nothing is known of what workspaces took in {hours(unknown)} hours; that costs nothing here."]
        prices = [f"helium.yaml has no rate for {', '.join(self.unpriced)}, so that costs nothing here."]
        return (*self.doubts, *(lacking if unknown else ()), *(prices if self.unpriced else ()))


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One row for people and programs. `amounts`: units times hours, by unit; `cost`: empty without rates."""

    key: str
    workspaces: int
    minutes: int
    unknown: int
    amounts: Mapping[str, str] = field(default_factory=dict)
    cost: str = ""


@dataclass(frozen=True, slots=True)
class MonthUsage:
    """A month up to `until`, wherever it was summed up: in a clone, or at a server. `currency`: empty without rates."""

    month: str
    until: datetime
    by: str
    currency: str
    rows: tuple[UsageRow, ...]
    total: UsageRow
    warnings: tuple[str, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """Every unit that was taken."""
        return tuple(self.total.amounts)


def month_usage(report: UsageReport) -> MonthUsage:
    """What a report says."""
    return MonthUsage(
        month=str(report.month),
        until=report.until,
        by=report.by,
        currency=report.rates.currency if report.rates else "",
        rows=tuple(_row(row, report) for row in report.rows),
        total=_row(report.total, report),
        warnings=report.warnings,
    )


def _row(row: UsageSum, report: UsageReport) -> UsageRow:
    amounts = {unit: decimals(Fraction(row.taken[unit], SCALE * 60), 6) for unit in sorted(row.taken)}
    cost = "" if report.rates is None else rounded(report.rates.cost(row.taken))
    return UsageRow(row.key, row.workspaces, row.minutes, row.unknown, amounts, cost)


def hours(minutes: int) -> str:
    """Minutes as hours."""
    return decimals(Fraction(minutes, 60), 2)


def as_json(usage: MonthUsage) -> dict[str, Json]:
    """The documented form. Without rates, nothing in it is about money."""
    return {
        "month": usage.month,
        "until": format_instant(usage.until),
        "by": usage.by,
        **({"currency": usage.currency} if usage.currency else {}),
        "rows": [{usage.by: row.key, **_json(row)} for row in usage.rows],
        "total": _json(usage.total),
        "warnings": list(usage.warnings),
    }


def _json(row: UsageRow) -> dict[str, Json]:
    return {
        "workspaces": row.workspaces,
        "minutes": row.minutes,
        "unknown_minutes": row.unknown,
        "amounts": dict(row.amounts),
        **({"cost": row.cost} if row.cost else {}),
    }


_NONE = {"owner": "(nobody known)", "team": "(no team)", "backend": "(unknown)", "workspace": "(unknown)"}
"""How a row without a key is shown."""


def table(usage: MonthUsage) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The heads, and a row of cells each, the total last."""
    money = (f"COST ({usage.currency})",) if usage.currency else ()
    heads = (usage.by.upper(), "WORKSPACES", "HOURS", *(f"{unit} h" for unit in usage.units), *money)
    rows = [_cells(row, usage.units, key=row.key or _NONE[usage.by]) for row in usage.rows]
    return heads, [*rows, _cells(usage.total, usage.units, key="total")]


def _cells(row: UsageRow, units: tuple[str, ...], *, key: str) -> tuple[str, ...]:
    taken = (decimals(Fraction(row.amounts.get(unit, "0")), 2) for unit in units)
    return (key, str(row.workspaces), hours(row.minutes), *taken, *filter(None, (row.cost,)))


def csv_rows(usage: MonthUsage) -> Iterator[tuple[str, ...]]:
    """For spreadsheets: a head and a line for each row, without a total."""
    money = ("cost", "currency") if usage.currency else ()
    heads = ("month", usage.by, "workspaces", "minutes", "unknown_minutes")
    yield (*heads, *(f"{unit}_hours" for unit in usage.units), *money)
    for row in usage.rows:
        counted = (str(row.workspaces), str(row.minutes), str(row.unknown))
        taken = (row.amounts.get(unit, "0.000000") for unit in usage.units)
        yield (usage.month, row.key, *counted, *taken, *filter(None, (row.cost, usage.currency)))
