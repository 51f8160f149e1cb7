"""Orders that a server gives for whoever it has signed in, by main as its mirror has it now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helium.app.open_fleet import OpenFleet
from helium.app.orders import give
from helium.core.order import Order
from helium.core.order_draft import OrderDraft, OrderGiver


@dataclass(frozen=True, slots=True)
class ServerOrders:
    """The port `OrderBook`. `opened`: the fleet as main has it now."""

    opened: Callable[[], OpenFleet]

    def give(self, draft: OrderDraft, giver: OrderGiver) -> Order:
        """As `helium operate` does."""
        return give(self.opened(), draft, giver=giver)
