"""`/workspace/NAME/order/KIND`: what an order would do, shown before anybody gives it; only its button orders.

It shows each workspace that would be destroyed, and asks for the name where data is lost. What changed since it was
shown is refused; pressed twice, from two tabs or by two admins, it is one order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from helium.api import problems
from helium.api.index import Index
from helium.api.offered_orders import why_may_not
from helium.api.pages.layout import Dashboard
from helium.api.pages.order_words import words
from helium.api.pages.security import PageRequest, Visit, visit_of
from helium.api.responses import workspace
from helium.core.deadlines import instant_text, time_left
from helium.core.order_offer import DESTROYING, OrderOffer
from helium.core.record import Record
from helium.errors import HeliumError, NotFoundError

TheDashboard = NamedDependency[Dashboard]
Name = FromPath[str]
NOT_OFFERED = "There is nothing to order: the next pass no longer holds it for that. See its page."


@dataclass(frozen=True, slots=True)
class TouchedWorkspace:
    """One workspace that the order is about, as it is now. A text that is not known is empty."""

    name: str
    owner: str
    description: str
    age: str
    deadline: str
    bucket: str
    resources: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotOrdered:
    """Why a press ordered nothing. `issue`: of what was typed, beside its field."""

    status: int = 200
    refused: str = ""
    issue: str = ""


_ASKED = NotOrdered()


class OrderPage(Controller):
    """Asks, and orders."""

    include_in_schema = False
    path = "/workspace/{name:str}/order/{kind:str}"

    @get()
    async def ask(
        self, request: PageRequest, name: Name, *, kind: FromPath[str], dashboard: TheDashboard
    ) -> Response[Any]:
        """What would happen. Nothing is written."""
        return await _shown(request, name, kind=kind, dashboard=dashboard)

    @post()
    async def order(
        self, request: PageRequest, name: Name, *, kind: FromPath[str], dashboard: TheDashboard
    ) -> Response[Any]:
        """Order exactly what the person saw."""
        visit = visit_of(request)
        caller, form = visit.caller, visit.form
        assert caller is not None
        if kind in DESTROYING and form.get("confirm", "").strip() != name:
            wrong = NotOrdered(422, issue=f"Type {name} to confirm.")
            return await _shown(request, name, kind=kind, dashboard=dashboard, ended=wrong)
        seen, why = form.get("seen", ""), form.get("why", "").strip()
        try:
            await dashboard.orders.given(name, kind=kind, seen=seen, why=why, caller=caller)
        except HeliumError as error:
            ended = NotOrdered(problems.of_error(error).status_code, problems.with_way_out(error))
            return await _shown(request, name, kind=kind, dashboard=dashboard, ended=ended)
        return Redirect(f"/workspace/{quote(name)}?done=ordered", status_code=303)


async def _shown(
    request: PageRequest, name: str, *, kind: str, dashboard: Dashboard, ended: NotOrdered = _ASKED
) -> Response[Any]:
    visit, index, now = visit_of(request), await dashboard.index(), dashboard.parts.clock()
    if refusal := why_may_not(visit.caller, index.fleet):
        raise problems.problem(403, refusal)
    row = index.row(name)
    if row is None:
        raise NotFoundError(name)
    offers = await dashboard.writes.read(lambda: dashboard.orders.offers(row, index))
    offer = next((each for each in offers if each.kind == kind), None)
    if offer is None:
        gone = replace(ended, status=max(ended.status, 409), refused=ended.refused or NOT_OFFERED)
        return _page(visit, index, name=name, dashboard=dashboard, ended=gone)
    shown = {
        "offer": offer,
        "words": words(offer),
        "since": instant_text(offer.since),
        "touched": _touched(offer, index, now=now),
        "typed": visit.form.get("why", ""),
    }
    return _page(visit, index, name=name, dashboard=dashboard, ended=ended, **shown)


def _page(
    visit: Visit, index: Index, *, name: str, dashboard: Dashboard, ended: NotOrdered, **shown: Any
) -> Response[Any]:
    plain = {"offer": None, "words": None, "since": "", "touched": (), "typed": ""}
    said = {"refused": ended.refused, "issue": ended.issue}
    page = {**plain, **said, **shown}
    return dashboard.page("order.html", visit, index=index, status=ended.status, name=name, **page)


def _touched(offer: OrderOffer, index: Index, *, now: datetime) -> Sequence[TouchedWorkspace]:
    """All of them: an order lets go nothing that was not shown."""
    found = []
    for name in offer.names:
        row = index.row(name)
        if row is None:
            continue
        info, record = workspace(row, now=now), row.record if isinstance(row.record, Record) else None
        added, counts = row.summary(now).added_at, sum(record.resources.values()) if record else 0
        found.append(
            TouchedWorkspace(
                name,
                info.CreatedBy,
                info.Description,
                time_left(added, now).removesuffix(" ago") if added else "",
                info.Expiry,
                info.GCSBucket,
                f"{counts} resources" if counts else "",
                info.Reason,
            )
        )
    return found
