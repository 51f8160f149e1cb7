"""`/next`: what the next pass will do and why, what is held, what no file explains, and the pause.

The plan is made from specs and records alone. Only a pass looks at the stacks and knows for sure, as the page says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from helium.api import problems
from helium.api.index import Index, IndexRow
from helium.api.pages.fleet_table import faulty, without_file
from helium.api.pages.layout import Site, may
from helium.api.pages.security import Asked, Visit, visit_of
from helium.api.tokens import Scope
from helium.core.expiry import format_instant, parse_lifetime
from helium.core.fleet_record import Pause
from helium.core.plan import Plan
from helium.core.record import CorruptRecord
from helium.errors import HeliumError, SourceError
from helium.ports.ledger import Writes
from helium.reconcile import report

TheSite = NamedDependency[Site]
MOST = 200
_LONGEST_WHY = 300


@dataclass(frozen=True, slots=True)
class Odd:
    """A name that stands out: what is odd about it, and why."""

    name: str
    what: str
    why: str


class NextPage(Controller):
    """The fleet's state of affairs."""

    include_in_schema = False

    @get("/next")
    async def show(self, request: Asked, site: TheSite) -> Template:
        """The page."""
        return await _shown(request, site)

    @post("/pause")
    async def pause(self, request: Asked, site: TheSite) -> Response[Any]:
        """Let no pass apply anything, at once, until its end or until somebody ends it."""
        visit, now = _admin(request), site.deps.clock()
        why, length = visit.form.get("why", "").strip()[:_LONGEST_WHY], visit.form.get("for", "")
        if not why:
            return await _shown(request, site, fault="say why, for those who wonder", status=422)
        until = now + parse_lifetime(length) if length and length in LENGTHS else None
        pause = Pause(_person(visit), why, now, until)
        try:
            await site.writes.written(lambda: _write(site, pause, message=f"Pause, as {pause.by} says: {why}"))
        except HeliumError as error:
            return await _shown(request, site, fault=str(error), status=problems.of_error(error).status_code)
        return Redirect("/next", status_code=303)

    @post("/resume")
    async def resume(self, request: Asked, site: TheSite) -> Response[Any]:
        """End the pause."""
        visit = _admin(request)
        message = f"End the pause, as {_person(visit)} says"
        await site.writes.written(lambda: _write(site, None, message=message))
        return Redirect("/next", status_code=303)


LENGTHS: Mapping[str, str] = {"": "until somebody ends it", "1h": "1 hour", "4h": "4 hours", "1d": "1 day"}


def _admin(request: Asked) -> Visit:
    visit = visit_of(request)
    if not may(visit, Scope.ADMIN):
        raise problems.problem(403, "only an admin may pause the fleet or let it go on")
    return visit


def _person(visit: Visit) -> str:
    return visit.caller.by if visit.caller else ""


def _write(site: Site, pause: Pause | None, *, message: str) -> None:
    snapshot = site.deps.ledger.read()
    if snapshot.fleet_record is None:
        raise SourceError("there is no ledger yet; the first pass begins it, and can then be paused")
    site.deps.ledger.write(
        Writes(fleet_record=replace(snapshot.fleet_record, pause=pause), message=message), on=snapshot
    )
    site.indexer.ledger()


async def _shown(request: Asked, site: Site, *, fault: str = "", status: int = 200) -> Template:
    visit, index, now = visit_of(request), await site.index(), site.deps.clock()
    plan, why_not = await site.writes.read(lambda: _plan(site, index, now=now))
    rows = report.rows(plan) if plan else ()
    fleet_record = index.snapshot.fleet_record
    pause = fleet_record.pause if fleet_record else None
    return site.page(
        "next.html",
        visit,
        index=index,
        status=status,
        why_not=why_not,
        summary=report.summary(plan) if plan else "",
        work=[row for row in rows if row.kind in ("create", "update", "destroy")][:MOST],
        held=[row for row in rows if row.kind == "held"][:MOST],
        kept=[row for row in rows if row.kind == "keep"][:MOST],
        refusals=plan.refusals if plan else (),
        odd=_odd(index, now)[:MOST],
        commit=index.commit[:10],
        lease=str(fleet_record.lease) if fleet_record and fleet_record.lease else "",
        pause=pause if pause and pause.holds(now) else None,
        since=format_instant(pause.since) if pause else "",
        lengths=LENGTHS,
        fault=fault,
        typed=visit.form.get("why", ""),
    )


def _plan(site: Site, index: Index, *, now: datetime) -> tuple[Plan | None, str]:
    if site.deps.foresee is None:
        return None, "this Helium cannot plan by itself; helium plan does"
    try:
        return site.plans.of(index, now, foresee=site.deps.foresee), ""
    except HeliumError as error:
        return None, str(error)


def _odd(index: Index, now: datetime) -> list[Odd]:
    """What no file explains, by the ledger alone, and files that explain nothing."""
    odd = [_orphan(row, now) for row in without_file(index)]
    return odd + [Odd(each.name, "file with faults", each.reason) for each in faulty(index, now)]


def _orphan(row: IndexRow, now: datetime) -> Odd:
    if isinstance(row.record, CorruptRecord):
        return Odd(row.name, "record that cannot be read", row.record.sentence)
    summary = row.summary(now)
    return Odd(row.name, "record without a file", summary.reason or summary.status.value)
