"""Rates: what a fleet pays for each unit, as `rates:` in `helium.yaml` says. Pure.

Money is computed exactly and rounded once, where it is shown. Without rates there is no money anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from helium.core.amounts import SCALE, Amounts, millionths
from helium.core.digest import Json

HOURS_OF_MONTH = 730
"""What clouds mean by a month where they name a price for one."""
MINUTES_OF_DAY = 24 * 60
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rates:
    """The price of one unit for an hour, or for a month of 730 hours. `currency`: its three letters."""

    currency: str
    per_hour: Mapping[str, Decimal] = field(default_factory=dict)
    per_month: Mapping[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, section: Mapping[str, Json]) -> Rates:
        """Of `rates:` in `helium.yaml`, whose shape the schema has checked."""
        per_hour, per_month = section.get("perHour") or {}, section.get("perMonth") or {}
        return cls(
            section["currency"],
            {unit: Decimal(str(price)) for unit, price in per_hour.items()},
            {unit: Decimal(str(price)) for unit, price in per_month.items()},
        )

    def knows(self, unit: str) -> bool:
        """Whether the unit has a price."""
        return unit in self.per_hour or unit in self.per_month

    def hourly(self, unit: str) -> Fraction:
        """What one of it costs for an hour; nothing for a unit without a price."""
        return _hourly(self.per_hour.get(unit, _ZERO), self.per_month.get(unit, _ZERO))

    def cost(self, unit_minutes: Mapping[str, int]) -> Fraction:
        """What so many millionths of a unit cost, counted in minutes."""
        return sum(
            (self.hourly(unit) * Fraction(total, SCALE * 60) for unit, total in unit_minutes.items()), Fraction(0)
        )

    def cost_of(self, amounts: Amounts, *, minutes: int) -> Fraction:
        """What these amounts cost for so many minutes."""
        return self.cost({unit: millionths(amount) * minutes for unit, amount in amounts.items()})

    def money(self, cost: Fraction) -> str:
        """As people read it: `12.40 USD`, rounded to cents."""
        return f"{rounded(cost)} {self.currency}"


def rounded(cost: Fraction) -> str:
    """To two decimals, a half to the even one."""
    return decimals(cost, 2)


def decimals(value: Fraction, places: int) -> str:
    """A fraction as decimal text with so many places, a half to the even one."""
    whole = round(value * 10**places)
    if places == 0:
        return str(whole)
    sign, digits = "-" if whole < 0 else "", f"{abs(whole):0{places + 1}d}"
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


# A list of a thousand workspaces asks thousands of times for the price of the same few units.
@lru_cache(maxsize=256)
def _hourly(per_hour: Decimal, per_month: Decimal) -> Fraction:
    return Fraction(per_hour) + Fraction(per_month) / HOURS_OF_MONTH
