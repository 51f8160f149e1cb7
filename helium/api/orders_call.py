"""`/v1/api/workspace/{id}/orders`: what an admin may order about a workspace, what was ordered, and the order."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from helium.api import openapi
from helium.api.auth import needs
from helium.api.offered_orders import OfferedOrders, why_may_not
from helium.api.tokens import Scope
from helium.api.workspaces import ApiRequest, TheIndexer, TheParts, TheWrites, current, row_of
from helium.core.deadlines import format_instant, instant_text
from helium.core.order import Order
from helium.core.order_offer import OrderOffer, orders_about

TheOrders = NamedDependency[OfferedOrders]


@dataclass(frozen=True, slots=True)
class OfferInfo:
    """An order that would help now. `Names`: all that it lets go, or is about; `Destroys`: whether data is lost.

    `Why`: what holds it or failed, `Since` when, if that is known. `Command` does the same in a clone. `Seen`: send it
    with the order; it says that you looked at exactly this.
    """

    Kind: str
    Names: tuple[str, ...]
    Destroys: bool
    Why: str
    Since: str
    Command: str
    Seen: str


@dataclass(frozen=True, slots=True)
class OrderInfo:
    """One order. `Status`: `waiting`, `begun`, or how it ended, which `Sentence` tells. It is good `Until` then."""

    ID: str
    Kind: str
    Names: tuple[str, ...]
    By: str
    Why: str
    At: str
    Until: str
    Status: str
    Sentence: str


@dataclass(frozen=True, slots=True)
class OrdersResponse:
    """`Offers` is empty unless you may give orders, and `WhyNot` says why you may not.

    `Orders`: those that wait, and for a day those that came to nothing; what was done is in the history.
    """

    ID: str
    Offers: tuple[OfferInfo, ...] = ()
    Orders: tuple[OrderInfo, ...] = ()
    WhyNot: str = ""


class Orders(Controller):
    """Offered to admins whom `admins:` in `helium.yaml` names."""

    guards = (needs(Scope.READ),)
    tags = ("workspaces",)
    path = "/workspace/{id:str}/orders"

    @get(summary="What may be ordered", responses=openapi.READ_ONE)
    async def offered(
        self,
        id: FromPath[str],
        request: ApiRequest,
        *,
        indexer: TheIndexer,
        writes: TheWrites,
        parts: TheParts,
        orders: TheOrders,
    ) -> Response[OrdersResponse]:
        """By a plan of the last ten seconds where a safeguard holds it, else by its record and its last outcome."""
        index = await current(indexer, writes)
        row, why_not = row_of(index, id), why_may_not(request.auth, index.fleet)
        offers = () if why_not else await writes.read(lambda: orders.offers(row, index))
        given = orders_about(id, index.snapshot.orders, now=parts.clock())
        answer = OrdersResponse(id, tuple(map(_offer, offers)), tuple(map(order_info, given)), why_not)
        return Response(answer, headers={"Cache-Control": "no-store"})

    @post(guards=(needs(Scope.ADMIN),), status_code=202, summary="Order it", responses=openapi.ORDER)
    async def order(
        self,
        id: FromPath[str],
        request: ApiRequest,
        *,
        kind: FromQuery[str],
        seen: FromQuery[str],
        why: FromQuery[str] = "",
        orders: TheOrders,
    ) -> Response[OrderInfo]:
        """Exactly what was offered as `Seen`; the next pass carries it out. Sent twice, it is one order."""
        given = await orders.given(id, kind=kind, seen=seen, why=why, caller=request.auth)
        return Response(order_info(given), status_code=202)


def _offer(offer: OrderOffer) -> OfferInfo:
    return OfferInfo(
        Kind=offer.kind.value,
        Names=offer.names,
        Destroys=offer.destroys,
        Why=offer.why,
        Since=instant_text(offer.since),
        Command=offer.command,
        Seen=offer.seen,
    )


def order_info(order: Order) -> OrderInfo:
    """One order."""
    return OrderInfo(
        ID=order.id,
        Kind=order.kind.value,
        Names=order.names,
        By=order.by,
        Why=order.why,
        At=format_instant(order.at),
        Until=format_instant(order.until),
        Status=order.status,
        Sentence=order.ended.sentence if order.ended else "",
    )
