"""Amounts: what a workspace takes while it lives, by the names of units, as `{"vCPU": 2, "storageGiB": 31}`. Pure.

Units are free: any name that people know. An amount has at most six decimals, so sums are whole numbers, and exact.
Nothing is guessed: what a backend does not say is unknown, which is not nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

Amounts = Mapping[str, Decimal]
"""By unit: how much of it, in each hour that the workspace lives."""
UNIT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
UNIT_RULE = "letters, digits, dashes and underscores, a letter first, at most 40"
MOST_UNITS = 20
SCALE = 10**6
"""Sums are counted in millionths."""
_SIZED = re.compile(r"([a-z]\w*)((?:[KMGTP]i?B))")
_HUMP = re.compile(r"(?<=[a-z0-9])[A-Z](?=[a-z])")
_WHOLE_FROM = 100
_LARGEST = Decimal(10**9)
_STEP = Decimal(1) / SCALE
_LONGEST_NUMBER = 40


def amounts_of(value: object) -> dict[str, Decimal]:
    """The amounts that a stranger's program or a file says; `ValueError` with a sentence. They are sorted by unit."""
    if not isinstance(value, Mapping):
        raise ValueError("it must be a mapping: an amount for each unit")
    if len(value) > MOST_UNITS:
        raise ValueError(f"it has {len(value)} units; {MOST_UNITS} may be counted")
    for unit in value:
        if not isinstance(unit, str) or not UNIT.fullmatch(unit):
            raise ValueError(f"{str(unit)[:60]!r} is not a unit's name: {UNIT_RULE}")
    return {unit: _amount(unit, value[unit]) for unit in sorted(value)}


def millionths(amount: Decimal) -> int:
    """An amount as a whole number, for exact sums."""
    return int(amount * SCALE)


def shown(amount: Decimal) -> str:
    """An amount as people read it: without zeros that say nothing, and never with an exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_words(amounts: Amounts) -> str:
    """All of them as a sentence says them: `1.29 GiB memory, 0.35 vCPU`. The exact ones are in `shown`."""
    return ", ".join(_in_words(unit, amount) for unit, amount in amounts.items())


def _in_words(unit: str, amount: Decimal) -> str:
    # Three digits are what an estimate is worth.
    rounded = amount.to_integral_value() if amount >= _WHOLE_FROM else Decimal(f"{amount:.3g}")
    sized = _SIZED.fullmatch(unit)
    what, size = (sized[1], sized[2]) if sized else (unit, "")
    words = what if what[1:2].isupper() else _HUMP.sub(lambda hump: f" {hump[0].lower()}", what)
    return " ".join(filter(None, (shown(rounded), size, words)))


def _amount(unit: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError(f"{unit} must be a number")
    text = str(value).strip()
    try:
        # By its text: 0.1 means a tenth, and not the nearest binary fraction.
        amount = Decimal(text) if len(text) <= _LONGEST_NUMBER else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise ValueError(f"{unit} is {text[:60]!r}, which is not a number")
    if not 0 <= amount <= _LARGEST:
        raise ValueError(f"{unit} is {text}; an amount is between 0 and {_LARGEST}")
    return amount.quantize(_STEP, rounding=ROUND_HALF_EVEN).normalize() + 0
