"""The orders of a workspace's page in words: what each button says, what it asks once more, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helium.core.deadlines import format_instant, to_the_minute
from helium.core.order import Order, OrderKind
from helium.core.order_offer import OrderOffer


@dataclass(frozen=True, slots=True)
class OrderWords:
    """`button`: on the page and, once more, below what is asked. `means`: what comes of it."""

    button: str
    means: str


def words(offer: OrderOffer) -> OrderWords:
    """Of one offer."""
    plain = _WORDS[offer.kind]
    return OrderWords(plain.button.format(_whom(offer.names)), plain.means)


def _whom(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"all {len(names)}"


_WORDS: Mapping[OrderKind, OrderWords] = {
    OrderKind.RELEASE: OrderWords(
        "Destroy {}",
        "The next pass destroys each of them, with its namespace, its bucket and everything in them. Nobody can bring "
        "that back.",
    ),
    OrderKind.REPLACE: OrderWords(
        "Let {} lose its data",
        "The next pass lets the update replace what holds data. What is in it now is gone then, and nobody can bring "
        "that back.",
    ),
    OrderKind.OVER_QUOTA: OrderWords(
        "Create {} all the same", "The next pass creates it although the quota is used up. It takes nobody's place."
    ),
    OrderKind.UNLOCK: OrderWords(
        "Break the lock of {}",
        "The next pass breaks Pulumi's lock on its stack, and goes on. Make sure that nobody works on it: two at once "
        "spoil its state.",
    ),
    OrderKind.REBUILD: OrderWords(
        "Rebuild the record of {}",
        "The next pass writes its record again, from what its stack says of itself. Nothing in the cloud changes.",
    ),
}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order as a page shows it. `waits`: no pass has ended it yet."""

    what: str
    by: str
    at: str
    why: str
    stands: str
    waits: bool


def order_line(order: Order) -> OrderLine:
    """Who asked for what, and how it stands."""
    if order.ended is not None:
        stands = f"It is {order.ended.word.value}. {order.ended.sentence}"
    elif order.begun is not None:
        stands = "A pass has begun it."
    else:
        stands = f"The next pass carries it out. It is good until {to_the_minute(order.until)}."
    plain = _WORDS.get(order.kind)
    what = plain.button.format(_whom(order.names)) if plain else f"helium operate {order.what}"
    return OrderLine(what, order.by, format_instant(order.at), order.why, stands, waits=order.ended is None)
