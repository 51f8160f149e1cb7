"""`GET /v1/api/usage`: what workspaces took in a month, and what that cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery

from helium.api import openapi
from helium.api.auth import needs
from helium.api.index import Indexer
from helium.api.parts import ApiParts
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.tokens import Scope
from helium.api.usage_view import UsageView, asked_key, asked_month
from helium.api.workspaces import current
from helium.core.deadlines import format_instant
from helium.core.usage_report import UsageRow


@dataclass(frozen=True, slots=True)
class UsageInfo:
    """One sum. `Key`: the owner, team, backend or workspace; empty where there is none, and in the total.

    `Workspaces`: how many lived in that time. `Amounts`: by unit, what was taken times hours. `UnknownMinutes`: when
    nobody knew what was taken. `Cost`: empty without rates.
    """

    Key: str
    Workspaces: int
    Minutes: int
    UnknownMinutes: int
    Amounts: Mapping[str, str] = field(default_factory=dict)
    Cost: str = ""


@dataclass(frozen=True, slots=True)
class UsageResponse:
    """A month, up to `Until`. `Everybody`: whether all is in it; else the caller's own, and of teams they manage.

    `Warnings`: why it may be wrong. `Currency`: empty without rates.
    """

    Month: str
    Until: str
    By: str
    Currency: str
    Everybody: bool
    Rows: tuple[UsageInfo, ...]
    Total: UsageInfo
    Warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """What is asked: a month in UTC, and by what it is summed."""

    month: str = ""
    by: str = ""


def usage_query(month: FromQuery[str | None] = None, by: FromQuery[str | None] = None) -> UsageQuery:
    """As the address says it."""
    return UsageQuery(month or "", by or "")


@get(
    "/usage",
    guards=(needs(Scope.READ),),
    tags=("workspaces",),
    summary="What workspaces took in a month",
    responses=openapi.READ,
    dependencies={"asked": Provide(usage_query, sync_to_thread=False)},
)
async def usage(
    request: Request[Any, Any, Any],
    *,
    indexer: NamedDependency[Indexer],
    writes: NamedDependency[WorkspaceWrites],
    parts: NamedDependency[ApiParts],
    usages: NamedDependency[UsageView],
    asked: NamedDependency[UsageQuery],
) -> Response[UsageResponse]:
    """`month` as `2026-11`, in UTC, by default this one; `by` one of `owner`, `team`, `backend`, `workspace`."""
    index, now, caller = await current(indexer, writes), parts.clock(), request.auth
    chosen, key = asked_month(asked.month, now=now), asked_key(asked.by)
    report = await writes.read(lambda: usages.report(index, caller, month=chosen, by=key, now=now))
    answer = UsageResponse(
        Month=report.month,
        Until=format_instant(report.until),
        By=report.by,
        Currency=report.currency,
        Everybody=caller.token.may(Scope.ADMIN),
        Rows=tuple(map(_info, report.rows)),
        Total=_info(report.total),
        Warnings=report.warnings,
    )
    return Response(answer, headers={"Cache-Control": "no-store"})


def _info(row: UsageRow) -> UsageInfo:
    return UsageInfo(row.key, row.workspaces, row.minutes, row.unknown, row.amounts, row.cost)
