"""What an order asks of the process of a pass that no pass does by itself: what `helium unlock` and its like do."""

from __future__ import annotations

from typing import Protocol

from helium.core.order import Order
from helium.errors import NotSupportedError


class Repairs(Protocol):
    """Carries out the order as its command would, with the same refusals. A pass asks once for each order."""

    def __call__(self, order: Order, /) -> str:
        """What was done, as a sentence; `HeliumError` with the command's own refusal."""


def no_repairs(order: Order, /) -> str:
    """Of a pass that was not given any."""
    raise NotSupportedError(f"This pass cannot carry out {order.kind.value}.")
