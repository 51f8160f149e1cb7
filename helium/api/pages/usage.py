"""`/usage`: what workspaces took in a month, and what that cost, as far as the reader may see it."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from helium.api.pages import freshness
from helium.api.pages.layout import Asks, Dashboard, may
from helium.api.pages.security import PageRequest, visit_of
from helium.api.tokens import Scope
from helium.api.usage_view import asked_key, asked_month
from helium.core.fleet import Fleet
from helium.core.usage_report import table
from helium.core.usage_sums import KEYS, Month
from helium.errors import SpecError

TheDashboard = NamedDependency[Dashboard]
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)


class UsagePage(Controller):
    """A month, by one key."""

    include_in_schema = False
    path = "/usage"

    @get()
    async def show(self, request: PageRequest, dashboard: TheDashboard) -> Response[Any]:
        """The page. An address that makes no sense shows this month, by owner."""
        visit, index, now = visit_of(request), await dashboard.index(), dashboard.parts.clock()
        month, by = _asked(request, now=now)
        facts = (index.commit, index.snapshot.head, now.replace(second=0, microsecond=0), month, by)
        version = dashboard.version(visit, index, *facts)
        if unchanged := freshness.unchanged(request, version):
            return unchanged
        caller = visit.caller
        assert caller is not None
        report = await dashboard.writes.read(
            lambda: dashboard.usages.report(index, caller, month=month, by=by, now=now)
        )
        heads, rows = table(report)
        return dashboard.page(
            "usage.html",
            visit,
            index=index,
            asks=Asks(version, every=freshness.SELDOM, address=f"/usage?month={month}&by={by}"),
            month=month,
            title=f"{MONTHS[month.month - 1]} {month.year}",
            is_over=report.until == month.after.begin,
            later=month.after if month.after.begin <= now else None,
            by=by,
            keys=tuple(KEYS),
            heads=heads,
            rows=rows[:-1],
            total=rows[-1],
            warnings=report.warnings,
            cost=f"{report.total.cost} {report.currency}" if report.currency else "",
            count=report.total.workspaces,
            everybody=may(visit, Scope.ADMIN),
            managed=sorted(index.fleet.managed_by(caller.owner)),
            bounds=tuple(_bounds(index.fleet)),
        )


def _asked(request: PageRequest, *, now: Any) -> tuple[Month, str]:
    try:
        return asked_month(request.query_params.get("month"), now=now), asked_key(request.query_params.get("by"))
    except SpecError:
        return Month.of(now), "owner"


def _bounds(fleet: Fleet) -> list[str]:
    """How many workspaces there may be, for those who read what they cost."""
    limits = fleet.limits
    said = [f"Each owner may have {limits.per_owner} workspaces."] if limits.per_owner is not None else []
    said += [f"Each team may have {limits.per_team}."] if limits.per_team is not None else []
    said += [f"The team {team} may have {most}." for team, most in sorted(fleet.teams.items())]
    return said + ([f"The fleet may have {limits.fleet}."] if limits.fleet is not None else [])
