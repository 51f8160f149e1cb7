"""What one workspace costs, in words: by the day and until it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from helium.core.fleet import Fleet
from helium.core.observation import Observation
from helium.core.rates import Rates
from helium.core.record import Record
from helium.core.spending import Spending
from helium.core.summary import summary_of
from tests.core.test_usage import at, record

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RATES = Rates("USD", {"vCPU": Decimal("0.05")})
TWO = {"memoryGiB": Decimal("1.5"), "vCPU": Decimal(2)}


def test_it_says_what_a_day_costs_and_all_that_is_left() -> None:
    """By hand: 2 x 0.05 x 24 is 2.40; for 36 hours 3.60."""
    whole = Spending.of(TWO, RATES, deadline=NOW + timedelta(hours=36), now=NOW)
    assert "It costs about 2.40 USD a day, 3.60 USD until it ends." == whole.sentence
    assert "1.5 GiB memory, 2 vCPU" == whole.takes
    assert "0.00 USD" == Spending.of(TWO, RATES, deadline=NOW - timedelta(hours=1), now=NOW).until_end
    assert "It costs about 2.40 USD a day." == Spending.of(TWO, RATES, deadline=None, now=NOW).sentence


def test_without_rates_there_are_only_amounts() -> None:
    """And where nobody knows them, nothing is said."""
    assert "It takes 1.5 GiB memory, 2 vCPU." == Spending.of(TWO, None, deadline=NOW, now=NOW).sentence
    assert "It takes nothing that is counted." == Spending.of({}, None, deadline=NOW, now=NOW).sentence
    assert (Spending(), "") == (Spending.of(None, RATES, deadline=NOW, now=NOW), Spending().sentence)


def test_a_row_says_what_a_workspace_takes_and_costs() -> None:
    """By its record; nothing where nobody knows, or where nothing is left."""
    from_record = record("demo", at(1), amounts=TWO)
    fleet = Fleet("acme", rates=RATES)

    def row(known: Record) -> tuple[tuple[tuple[str, str], ...], str]:
        observed = Observation(fleet, "commit", records={"demo": known})
        found = summary_of("demo", observed, now=NOW)
        return found.takes, found.per_day

    assert ((("memoryGiB", "1.5"), ("vCPU", "2")), "2.40 USD") == row(from_record)
    assert ((), "") == row(replace(from_record, amounts=None)) == row(replace(from_record, emptied=NOW))


def test_who_manages_a_team_is_known_by_mail() -> None:
    """In any case; nobody's mail manages nothing."""
    fleet = Fleet("acme", managers={"sales": ("Boss@example.com",), "science": ("ada@example.com",)})
    assert frozenset({"sales"}) == fleet.managed_by("boss@Example.com")
    assert frozenset() == fleet.managed_by("") == fleet.managed_by("bob@example.com")
