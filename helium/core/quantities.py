"""Quantities as Kubernetes writes them, `250m`, `1.5`, `512Mi`, as exact decimals: for estimates of cost. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER, _SUFFIX = r"([0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})", r"(n|u|m|k|Ki|[MGTPE]i?)"
_QUANTITY = re.compile(rf"{_NUMBER}(?:{_SUFFIX}|[eE]([-+]?[0-9]{{1,2}}))?")
_FACTORS = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{sign: Decimal(1000) ** power for power, sign in enumerate("kMGTPE", start=1)},
    **{f"{sign}i": Decimal(1024) ** power for power, sign in enumerate("KMGTPE", start=1)},
}
_GIB = Decimal(1024) ** 3


def quantity(value: object) -> Decimal:
    """The number of a quantity; `ValueError` for what is none. `None` and empty text are 0: nothing is asked for."""
    text = "" if value is None else str(value).strip()
    if not text:
        return Decimal(0)
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a quantity")
    number, suffix, exponent = found.groups()
    return Decimal(number) * _FACTORS[suffix or ""] * Decimal(10) ** int(exponent or 0)


def gibibytes(value: object) -> Decimal:
    """A quantity of bytes in GiB."""
    return quantity(value) / _GIB
