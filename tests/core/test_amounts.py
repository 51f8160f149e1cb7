"""Amounts, quantities and rates: what is read, exactly, and what is refused with a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from helium.core.amounts import amounts_of, in_words, millionths, shown
from helium.core.estimates import declared
from helium.core.quantities import gibibytes, quantity
from helium.core.rates import Rates, decimals
from helium.core.spec import Spec
from helium.core.workspace import Workspace

RATES = Rates.of({"currency": "USD", "perHour": {"vCPU": "0.033174", "memoryGiB": 0.004446}, "perMonth": {"disk": 0.1}})


def test_a_number_is_read_by_its_text() -> None:
    """A tenth is a tenth; more than six decimals are rounded once, a half to the even one."""
    said = {"b": 0.1, "a": 2, "c": "0.0000005", "d": Decimal("1.50"), "e": 1e-7, "f": 0.1 + 0.2}
    found = {"a": "2", "b": "0.1", "c": "0", "d": "1.5", "e": "0", "f": "0.3"}
    assert found == {unit: shown(amount) for unit, amount in amounts_of(said).items()}
    assert 100_000 == millionths(amounts_of({"b": 0.1})["b"])
    assert "1000000000" == shown(amounts_of({"b": 10**9})["b"])


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (None, "must be a mapping"),
        ([("vCPU", 1)], "must be a mapping"),
        ({f"u{number}": 1 for number in range(21)}, "21 units; 20 may be counted"),
        ({"v CPU": 1}, "'v CPU' is not a unit's name"),
        ({1: 1}, "'1' is not a unit's name"),
        ({"vCPU": True}, "vCPU must be a number"),
        ({"vCPU": None}, "vCPU must be a number"),
        ({"vCPU": "many"}, "vCPU is 'many', which is not a number"),
        ({"vCPU": float("nan")}, "which is not a number"),
        ({"vCPU": "Infinity"}, "which is not a number"),
        ({"vCPU": "1" * 41}, "which is not a number"),
        ({"vCPU": -1}, "between 0 and 1000000000"),
        ({"vCPU": 10**9 + 1}, "between 0 and 1000000000"),
    ],
)
def test_what_is_no_amount_is_refused(said: Any, sentence: str) -> None:
    """A stranger's program may say anything."""
    with pytest.raises(ValueError, match=sentence):
        amounts_of(said)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (None, "0"),
        ("", "0"),
        (2, "2"),
        (0.5, "0.5"),
        ("250m", "0.25"),
        ("1.5", "1.5"),
        ("100u", "0.0001"),
        ("5n", "0.000000005"),
        ("1k", "1000"),
        ("512Mi", "536870912"),
        ("2G", "2000000000"),
        ("1e3", "1000"),
        ("1E2", "100"),
        ("1E", "1000000000000000000"),
        (".5Gi", "536870912"),
    ],
)
def test_a_quantity_is_read_as_kubernetes_means_it(text: Any, number: str) -> None:
    """With each suffix, exactly."""
    assert Decimal(number) == quantity(text)


@pytest.mark.parametrize("text", ["1.5.5", "one", "-1", "1 Gi", "1gi", "1K", {"fromSecret": "X"}, True, "1e", "1e1000"])
def test_what_is_no_quantity_is_refused(text: Any) -> None:
    """It is never taken for nothing."""
    with pytest.raises(ValueError, match="is not a quantity"):
        quantity(text)


def test_bytes_are_counted_in_gibibytes() -> None:
    """Two to the thirtieth."""
    assert (Decimal(10), Decimal("0.25")) == (gibibytes("10Gi"), gibibytes("256Mi"))


def test_money_is_exact_until_it_is_shown() -> None:
    """By hand: 2 x 0.033174 + 4 x 0.004446 + 31 x 0.1 / 730 = 0.088378… for an hour; 24 hours are 2.12."""
    amounts = {"vCPU": Decimal(2), "memoryGiB": Decimal(4), "disk": Decimal(31), "gpu": Decimal(9)}
    hour = Fraction(66348, 10**6) + Fraction(17784, 10**6) + Fraction(31, 7300)
    assert hour == RATES.cost_of(amounts, minutes=60)
    assert "2.12 USD" == RATES.money(RATES.cost_of(amounts, minutes=24 * 60))
    assert (True, True, False) == (RATES.knows("vCPU"), RATES.knows("disk"), RATES.knows("gpu"))
    assert Rates("EUR") == Rates.of({"currency": "EUR"})


@pytest.mark.parametrize(
    ("value", "text"),
    [("1/3", "0.33"), ("2/3", "0.67"), ("1/8", "0.12"), ("3/8", "0.38"), ("-1/3", "-0.33"), ("5", "5.00")],
)
def test_decimals_are_rounded_once(value: str, text: str) -> None:
    """A half to the even one."""
    assert text == decimals(Fraction(value), 2)
    assert str(round(Fraction(value))) == decimals(Fraction(value), 0)


def workspace(pins: dict[str, Any], **fields: Any) -> Workspace:
    """One with these fields in its spec."""
    spec = Spec("demo", "workspaces/demo.yaml", "blob", "web", fields=fields)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return Workspace("acme", spec, "ada@example.com", at, at, pins=pins)


def test_declared_amounts_are_filled_with_what_the_spec_says() -> None:
    """A field's default counts where the spec says nothing."""
    pins = {"fields": {"cpus": {"default": 2}, "size": {}}}
    setting = {"vCPU": "${fields.cpus}", "memoryGiB": "1.5"}
    assert {"memoryGiB": Decimal("1.5"), "vCPU": Decimal(2)} == declared(setting, workspace(pins)).amounts
    assert {"memoryGiB": Decimal("1.5"), "vCPU": Decimal(8)} == declared(setting, workspace(pins, cpus=8)).amounts


def test_declared_amounts_that_cannot_be_known_are_unknown() -> None:
    """With the reason, and never a guess."""
    pins = {"fields": {"size": {}, "word": {"default": "big"}}}
    missing = declared({"vCPU": "${fields.size}"}, workspace(pins))
    wrong = declared({"vCPU": "${fields.word}"}, workspace(pins))
    assert (None, "the amounts in helium.yaml need 'size', which nothing says") == (missing.amounts, missing.why)
    assert (None, "the amounts in helium.yaml: vCPU is 'big', which is not a number") == (wrong.amounts, wrong.why)
    assert replace(missing, why="") == replace(wrong, why="")


@pytest.mark.parametrize(
    ("unit", "amount", "words"),
    [
        ("memoryGiB", "1.293945", "1.29 GiB memory"),
        ("storageGiB", "31", "31 GiB storage"),
        ("vCPU", "0.35", "0.35 vCPU"),
        ("loadBalancer", "1", "1 load balancer"),
        ("gpu", "1234.56", "1235 gpu"),
        ("GiB", "0.000001", "0.000001 GiB"),
        ("a100-80g", "0", "0 a100-80g"),
    ],
)
def test_a_sentence_says_amounts_in_words(unit: str, amount: str, words: str) -> None:
    """With as many digits as an estimate is worth; a unit's name that has no words in it stays."""
    assert words == in_words({unit: Decimal(amount)})
