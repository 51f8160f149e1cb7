"""Where orders are given, for a server: as `helium operate` does in a clone, in the name of whom it has signed in."""

from __future__ import annotations

from typing import Protocol

from helium.core.order import Order
from helium.core.order_draft import OrderDraft, OrderGiver


class OrderBook(Protocol):
    """Writes orders into the ledger, for the next pass."""

    def give(self, draft: OrderDraft, giver: OrderGiver) -> Order:
        """Block until the ledger has it; a draft whose id the ledger knows is the order that is there already.

        `RefusedError` unless main names the giver under `admins:`; `UsageError` for a draft that makes no sense,
        `NotFoundError` for a name that is nowhere, `SourceError` when the ledger cannot be written.
        """
