"""What holds one workspace, for its page: since when, who may let it go, and the button for whoever may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helium.api.index import Index, IndexRow
from helium.api.offered_orders import who_may, why_may_not
from helium.api.pages.layout import Dashboard, is_own, may
from helium.api.pages.order_words import OrderLine, order_line, words
from helium.api.pages.security import Visit
from helium.api.tokens import Scope
from helium.core.deadlines import instant_text
from helium.core.order_offer import OrderOffer, given_before, orders_about
from helium.core.record import Record


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One button: the page that asks once more, and the command that does the same in a clone."""

    kind: str
    button: str
    command: str


@dataclass(frozen=True, slots=True)
class Hold:
    """`why`: the safeguard's sentence, or what an admin has to decide. `who`: who may; empty where nobody need.

    `offers`: for this visitor. `fallback`: what else lets it go, a command in backticks or a sentence. `orders`: asked
    for already. `why_not`: why an admin of these pages may not order.
    """

    why: str = ""
    since: str = ""
    who: str = ""
    why_not: str = ""
    fallback: str = ""
    offers: tuple[OfferLine, ...] = ()
    orders: tuple[OrderLine, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether a pass is still to carry one out."""
        return any(each.waits for each in self.orders)


def hold_of(dashboard: Dashboard, index: Index, *, row: IndexRow, visit: Visit, now: datetime) -> Hold:
    """Of one workspace. It blocks: planning takes a while, so only what is held is planned."""
    known = row.summary(now)
    offers = dashboard.orders.offers(row, index)
    orders = orders_about(row.name, index.snapshot.orders, now=now)
    held = row.record.held if isinstance(row.record, Record) else None
    if not (held or offers or orders):
        return Hold()
    refusal = why_may_not(visit.caller, index.fleet)
    waiting = [each for each in orders if each.ended is None]
    left = [each for each in offers if not given_before(each, waiting)]
    fallback = ""
    # Its owner reads there that restoring and deleting it needs no admin.
    if held and is_own(visit, known.owner):
        fallback = dashboard.writes.plans.release(row.name, index, parts=dashboard.parts)
    first = offers[0] if offers else None
    return Hold(
        why=known.held or (first.why if first else ""),
        since=instant_text(held.since if held else first.since if first else None),
        who=who_may(index.fleet) if first else "",
        why_not=refusal if may(visit, Scope.ADMIN) else "",
        fallback=fallback,
        offers=() if refusal else tuple(map(_line, left)),
        orders=tuple(map(order_line, orders)),
    )


def _line(offer: OrderOffer) -> OfferLine:
    return OfferLine(offer.kind.value, words(offer).button, offer.command)
