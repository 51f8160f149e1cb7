"""`GET /v1/api/quota`: how many workspaces the caller and the fleet have, and of how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from helium.api import openapi
from helium.api.auth import needs
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.tokens import Scope


@dataclass(frozen=True, slots=True)
class QuotaInfo:
    """One bound. `Of`: `owner` or `fleet`. While `Used` is not below `Most`, a new workspace is refused.

    `Sentence` says it in words, with the names of the caller's.
    """

    Of: str
    Used: int
    Most: int
    Sentence: str


@dataclass(frozen=True, slots=True)
class QuotaResponse:
    """`Owner`: whom the caller's new workspaces belong to. `Quotas` is empty where `helium.yaml` sets none."""

    Owner: str
    Quotas: tuple[QuotaInfo, ...] = ()


@get(
    "/quota",
    guards=(needs(Scope.READ),),
    tags=("workspaces",),
    summary="How many workspaces there may be",
    responses=openapi.READ,
)
async def quota(
    request: Request[Any, Any, Any], *, writes: NamedDependency[WorkspaceWrites]
) -> Response[QuotaResponse]:
    """By main as it was fetched last. Files count, and so do requests in pull requests that Helium opened."""
    requester = request.auth.requester
    found = await writes.read(lambda: writes.standing(requester))
    told = tuple(QuotaInfo(each.of, each.used, each.most, each.sentence) for each in found)
    return Response(QuotaResponse(requester.owner, told), headers={"Cache-Control": "no-store"})
