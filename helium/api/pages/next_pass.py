"""`/next`: what the next pass will do and why, what is held, what has no valid file, and the pause.

The plan is made from specs and records alone, as the page says: only a pass looks at the stacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from helium.api import problems
from helium.api.index import Index, IndexRow
from helium.api.pages import freshness
from helium.api.pages.fleet_table import faulty, without_file
from helium.api.pages.layout import Asks, Dashboard, may
from helium.api.pages.security import PageRequest, Visit, visit_of
from helium.api.tokens import Scope
from helium.core.deadlines import format_instant, parse_lifetime, time_left
from helium.core.fleet_record import Pause
from helium.core.heartbeat import heartbeat
from helium.core.order import Order
from helium.core.plan import Plan
from helium.core.record import CorruptRecord
from helium.errors import HeliumError, SourceError
from helium.ports.ledger import Writes
from helium.reconcile import report

TheDashboard = NamedDependency[Dashboard]
MOST = 200
_LONGEST_WHY = 300


@dataclass(frozen=True, slots=True)
class WithoutValidFile:
    """A name that needs a person: what is wrong with it, and why."""

    name: str
    what: str
    why: str


class NextPage(Controller):
    """The next pass, and the pause."""

    include_in_schema = False

    @get("/next")
    async def show(self, request: PageRequest, dashboard: TheDashboard) -> Response[Any]:
        """The page."""
        return await _shown(request, dashboard)

    @post("/pause")
    async def pause(self, request: PageRequest, dashboard: TheDashboard) -> Response[Any]:
        """Keep every pass from applying anything, from now until the pause ends or somebody resumes."""
        visit, now = _admin(request), dashboard.parts.clock()
        why, length = visit.form.get("why", "").strip()[:_LONGEST_WHY], visit.form.get("for", "")
        if not why:
            return await _shown(request, dashboard, issue="Say why, so that others know.", status=422)
        until = now + parse_lifetime(length) if length and length in LENGTHS else None
        pause = Pause(_person(visit), why, now, until)
        try:
            await dashboard.writes.written(lambda: _write(dashboard, pause, message=f"Pause for {pause.by}: {why}"))
        except HeliumError as error:
            return await _shown(request, dashboard, issue=str(error), status=problems.of_error(error).status_code)
        return Redirect("/next", status_code=303)

    @post("/resume")
    async def resume(self, request: PageRequest, dashboard: TheDashboard) -> Response[Any]:
        """End the pause."""
        visit = _admin(request)
        message = f"End the pause for {_person(visit)}"
        await dashboard.writes.written(lambda: _write(dashboard, None, message=message))
        return Redirect("/next", status_code=303)


LENGTHS: Mapping[str, str] = {"": "until somebody resumes it", "1h": "1 hour", "4h": "4 hours", "1d": "1 day"}


def _admin(request: PageRequest) -> Visit:
    visit = visit_of(request)
    if not may(visit, Scope.ADMIN):
        raise problems.problem(403, "Only an admin may pause or resume the fleet.")
    return visit


def _person(visit: Visit) -> str:
    return visit.caller.by if visit.caller else ""


def _write(dashboard: Dashboard, pause: Pause | None, *, message: str) -> None:
    snapshot = dashboard.parts.ledger.read()
    if snapshot.fleet_record is None:
        raise SourceError("There is no ledger yet, so there is nothing to pause. The first pass creates it.")
    dashboard.parts.ledger.write(
        Writes(fleet_record=replace(snapshot.fleet_record, pause=pause), message=message), on=snapshot
    )
    dashboard.indexer.ledger()


async def _shown(request: PageRequest, dashboard: Dashboard, *, issue: str = "", status: int = 200) -> Response[Any]:
    visit, index, now = visit_of(request), await dashboard.index(), dashboard.parts.clock()
    # What the plan says of deadlines changes with the time alone, so it is looked at again in each minute.
    version = dashboard.version(visit, index, index.commit, index.snapshot.head, now.replace(second=0, microsecond=0))
    if unchanged := freshness.unchanged(request, version):
        return unchanged
    plan, why_not = await dashboard.writes.read(lambda: _plan(dashboard, index, now=now))
    rows = report.rows(plan) if plan else ()
    fleet_record = index.snapshot.fleet_record
    pause = fleet_record.pause if fleet_record else None
    return dashboard.page(
        "next.html",
        visit,
        index=index,
        status=status,
        asks=Asks(version, every=freshness.LATER, address="/next"),
        why_not=why_not,
        summary=report.summary(plan) if plan else "",
        work=[row for row in rows if row.kind in ("create", "update", "destroy")][:MOST],
        held=[row for row in rows if row.kind == "held"][:MOST],
        kept=[row for row in rows if row.kind == "keep"][:MOST],
        refusals=[report.refusal_json(refusal) for refusal in plan.refusals] if plan else (),
        orders=_orders(index),
        beat=_beat(index, now),
        odd=_odd(index, now)[:MOST],
        commit=index.commit[:10],
        lease=str(fleet_record.lease) if fleet_record and fleet_record.lease else "",
        pause=pause if pause and pause.in_force(now) else None,
        since=format_instant(pause.since) if pause else "",
        lengths=LENGTHS,
        issue=issue,
        typed=visit.form.get("why", ""),
    )


def _plan(dashboard: Dashboard, index: Index, *, now: datetime) -> tuple[Plan | None, str]:
    if dashboard.parts.foresee is None:
        return None, "this server cannot plan; run helium plan"
    try:
        return dashboard.writes.plans.of(index, now, foresee=dashboard.parts.foresee), ""
    except HeliumError as error:
        return None, str(error)


def _orders(index: Index) -> list[Mapping[str, str]]:
    """Orders that are not over: what, by whom, and how each stands."""
    known = (each for each in index.snapshot.orders.values() if isinstance(each, Order) and not each.ended)
    return [
        {"id": each.id, "what": each.what, "by": each.by, "status": each.status, "until": format_instant(each.until)}
        for each in sorted(known, key=lambda order: order.at)
    ]


def _beat(index: Index, now: datetime) -> Mapping[str, Any]:
    """When a pass was last good, and by when the next one is expected."""
    beat = heartbeat(index.snapshot.fleet_record, now=now)
    if beat is None:
        return {}
    good, expected = format_instant(beat.good), format_instant(beat.expected)
    return {"good": good, "ago": time_left(beat.good, now), "expected": expected, "left": time_left(beat.expected, now)}


def _odd(index: Index, now: datetime) -> list[WithoutValidFile]:
    """Records without a file, and files with errors."""
    odd = [_orphan(row, now) for row in without_file(index)]
    return odd + [WithoutValidFile(each.name, "file with errors", each.reason) for each in faulty(index, now)]


def _orphan(row: IndexRow, now: datetime) -> WithoutValidFile:
    if isinstance(row.record, CorruptRecord):
        return WithoutValidFile(row.name, "record that cannot be read", row.record.sentence)
    summary = row.summary(now)
    return WithoutValidFile(row.name, "record without a file", summary.reason or summary.status.value)
