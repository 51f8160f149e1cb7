"""Spending: what one workspace takes and, where there are rates, what it costs in a day and until it ends. Pure.

An estimate: it says what the amounts cost if nothing changes. Usage says what was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.core.amounts import Amounts, in_words, shown
from helium.core.rates import MINUTES_OF_DAY, Rates


@dataclass(frozen=True, slots=True)
class Spending:
    """In words for people: `takes`, and the money with its currency. What is not known, or has no price, is empty."""

    takes: str = ""
    per_day: str = ""
    until_end: str = ""

    @classmethod
    def of(cls, amounts: Amounts | None, rates: Rates | None, *, deadline: datetime | None, now: datetime) -> Spending:
        """What these amounts mean from now on."""
        if amounts is None:
            return cls()
        takes = in_words(amounts) or "nothing that is counted"
        if rates is None:
            return cls(takes)
        left = max(deadline - now, timedelta(0)) // timedelta(minutes=1) if deadline is not None else None
        until = rates.money(rates.cost_of(amounts, minutes=left)) if left is not None else ""
        return cls(takes, rates.money(rates.cost_of(amounts, minutes=MINUTES_OF_DAY)), until)

    @property
    def sentence(self) -> str:
        """All of it, as a plan says it."""
        if not self.per_day:
            return f"It takes {self.takes}." if self.takes else ""
        return f"It costs about {self.per_day} a day" + (
            f", {self.until_end} until it ends." if self.until_end else "."
        )


def as_texts(amounts: Amounts) -> tuple[tuple[str, str], ...]:
    """By unit, as people read them."""
    return tuple((unit, shown(amount)) for unit, amount in amounts.items())
