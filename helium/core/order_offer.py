"""An order that would help one workspace now, as a person may confirm it: what it lets happen, and what was seen.

Values only. Nothing of it comes from whoever presses the button: they name the kind, and what they saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.core.order import Ended, Order, OrderKind, UnknownOrder

DESTROYING = (OrderKind.RELEASE, OrderKind.REPLACE)
"""Kinds after which data is gone."""
_TOLD_FOR = timedelta(days=1)
"""How long what became of an order stands beside what it was about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOffer:
    """`names`: whom it is for, and nobody else. `why`: what holds or failed, since when, if that is known.

    `command`: what does the same in a clone. `saw`: what the order is bound to. `seen`: a digest of all that the person
    looks at, with the orders before this one: the same press twice has the same, and anything else another one.
    """

    kind: OrderKind
    names: tuple[str, ...]
    argument: str
    why: str
    since: datetime | None
    command: str
    saw: str
    seen: str

    @property
    def id(self) -> str:
        """Of the order: whoever presses it again, or beside somebody else, gives the same one."""
        return id_of_press(self.seen)

    @property
    def destroys(self) -> bool:
        """Whether data is gone afterwards."""
        return self.kind in DESTROYING


def id_of_press(seen: str) -> str:
    """Of the order that comes of a button, by the digest of what the person saw."""
    return f"seen-{seen}"


def orders_about(name: str, orders: Mapping[str, Order | UnknownOrder], *, now: datetime) -> tuple[Order, ...]:
    """Those that wait or have begun, and those that came to nothing within a day; the newest first."""
    known = (each for each in orders.values() if isinstance(each, Order) and name in each.names)
    return tuple(sorted((each for each in known if _is_told(each, now)), key=lambda order: order.at, reverse=True))


def _is_told(order: Order, now: datetime) -> bool:
    # What was done is in the history, and to be seen.
    return order.ended is None or (order.ended.word is not Ended.DONE and now - order.ended.time < _TOLD_FOR)


def given_before(wanted: Order | OrderOffer, orders: Iterable[Order | UnknownOrder]) -> list[str]:
    """The ids of earlier orders of the same thing."""
    known = (each for each in orders if isinstance(each, Order))
    same = (each for each in known if (each.kind, each.names) == (wanted.kind, wanted.names))
    return sorted(each.id for each in same if each.argument == wanted.argument)
