"""May this order be carried out? Pure: one function for each reason why not, and what an order is bound to.

It refuses an order of nobody who may give one, one that is out of date, and one whose workspaces are no longer those
that the person saw. What it would do is judged after that, by the safeguards, like any other plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from helium.core.deadlines import format_instant
from helium.core.digest import digest
from helium.core.fleet_record import Lease
from helium.core.order import Ended, Order, UnknownOrder
from helium.core.order_kinds import Sees, rules_of
from helium.core.record import CorruptRecord, Record

if TYPE_CHECKING:
    from helium.core.fleet import Fleet
    from helium.core.run import Run
    from helium.core.spec import Entry

SKEW = timedelta(minutes=5)

Records = Mapping[str, Record | CorruptRecord]


@dataclass(frozen=True, slots=True)
class NotCarriedOut:
    """Why an order is not carried out, as its end says it."""

    word: Ended
    sentence: str


def saw(order: Order, *, entries: Iterable[Entry], records: Records) -> str:
    """A digest of what an order of this kind is bound to: whose file each workspace has, and which incarnation it is.

    The accident: somebody lets `demo` lose its data. Before a pass does so, it is deleted, and the name is another's.
    """
    held: dict[str, list[str]] = {}
    for entry in entries:
        held.setdefault(entry.name, []).append(entry.blob)
    sees = rules_of(order).sees
    if sees is Sees.ITSELF and not order.names:
        return ""
    names = held.keys() | records.keys() if sees is Sees.FLEET else set(order.names)
    return digest([[name, sorted(held.get(name, ())), _incarnation(records.get(name))] for name in sorted(names)])


def _incarnation(record: Record | CorruptRecord | None) -> str:
    return format_instant(record.added_at) if isinstance(record, Record) else ""


def why_not(order: Order, *, fleet: Fleet, seen: str, now: datetime) -> NotCarriedOut | None:
    """The first reason why it is not carried out, by main's settings as they are; `seen`: what `saw` gives now."""
    if not fleet.is_admin(order.by):
        sentence = f"{order.by} may not give orders: admins in helium.yaml does not name them."
        return NotCarriedOut(Ended.REFUSED, sentence)
    if now >= order.until:
        sentence = f"It was good until {format_instant(order.until)}, and no pass came to it before. Order it again."
        return NotCarriedOut(Ended.EXPIRED, sentence)
    if seen != order.saw:
        what = " and ".join(order.names) or "The fleet"
        sentence = f"{what} changed since {format_instant(order.at)}. Look again, and order it again if it is right."
        return NotCarriedOut(Ended.REFUSED, sentence)
    return None


def is_early(order: Order, now: datetime) -> bool:
    """Whether by this clock the order is yet to be given. Such a clock cannot tell if it is still good."""
    return order.at > now + SKEW


def waiting(orders: Mapping[str, Order | UnknownOrder], *, run: Run, lease: Lease | None, now: datetime) -> list[Order]:
    """What this run may take: nobody has begun it, or whoever has is dead. The oldest first.

    While another pass is at work, orders are for that one: what it has half done looks like something else.
    """
    if lease is not None and lease.run != run.id and not run.free(lease, now):
        return []
    known = (order for order in orders.values() if isinstance(order, Order))
    free = (order for order in known if not order.ended and _is_free(order, run=run, now=now))
    return sorted(free, key=lambda order: (order.at, order.id))


def _is_free(order: Order, *, run: Run, now: datetime) -> bool:
    return run.free(order.begun, now) if order.begun else not is_early(order, now)
