"""What a workspace takes and costs, as the API says it."""

from __future__ import annotations

from typing import TypedDict

from helium.core.amounts import shown
from helium.core.rates import MINUTES_OF_DAY, Rates, rounded
from helium.core.record import Record


class CostFields(TypedDict, total=False):
    """Those of `WorkspaceInfo`; left out where nobody knows, or nothing is left."""

    Amounts: dict[str, str]
    CostPerDay: str
    Currency: str


def cost_fields(record: Record | None, rates: Rates | None) -> CostFields:
    """By the record of the last create or update."""
    taken = record.taken if record is not None else None
    if taken is None:
        return {}
    amounts = {unit: shown(amount) for unit, amount in taken.items()}
    if rates is None:
        return {"Amounts": amounts}
    cost = rounded(rates.cost_of(taken, minutes=MINUTES_OF_DAY))
    return {"Amounts": amounts, "CostPerDay": cost, "Currency": rates.currency}
