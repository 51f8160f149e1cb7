"""Whether the process is alive, and whether it can answer: for supervisors, without a token.

Why it cannot, and what it rests on, only operators read: whoever has a token, or comes to their own port.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException

from helium.api.auth import Authenticator
from helium.api.index import Index, Indexer
from helium.api.parts import ApiParts
from helium.api.requests_to_commits import WorkspaceWrites
from helium.core.deadlines import format_instant
from helium.core.heartbeat import heartbeat

STALE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Health:
    """The process is alive."""

    Status: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """`Age`: seconds since main and ledger were last read. `Reasons`: sentences that say why it is not ready.

    `LastGoodPass`, `NextPass` and `Late`: the heartbeat of the fleet's passes. A late one makes this server no less
    ready, so the status says nothing of it. `SilentChannels`: those through which people are to be told, and that take
    nothing now. Without a token, only `Ready` is told.
    """

    Ready: bool
    Commit: str = ""
    Age: int = 0
    Workspaces: int = 0
    Reasons: tuple[str, ...] = ()
    LastGoodPass: str = ""
    NextPass: str = ""
    Late: bool = False
    SilentChannels: tuple[str, ...] = ()


@get("/healthz", summary="Whether the process is alive", tags=["health"], security=[{}])
async def healthz() -> Health:
    """200 while the process can answer anything at all."""
    return Health("ok")


@get("/readyz", summary="Whether it can answer", tags=["health"], security=[{}])
async def readyz(
    request: Request[Any, Any, Any],
    *,
    indexer: NamedDependency[Indexer],
    writes: NamedDependency[WorkspaceWrites],
    authenticator: NamedDependency[Authenticator],
    parts: NamedDependency[ApiParts],
) -> Response[Readiness]:
    """200 if main and ledger were read lately, else 503; with a token, also the reasons."""
    index = await writes.read(indexer.look)
    reasons = tuple(_reasons(index, indexer.age()))
    answer = Readiness(
        not reasons,
        index.commit,
        indexer.age(),
        len(index.names),
        reasons,
        **_heartbeat(index, now=parts.clock()),
        SilentChannels=index.snapshot.silent_channels,
    )
    try:
        authenticator.require_operator(request)
    except HTTPException:
        answer = Readiness(not reasons)
    return Response(answer, status_code=503 if reasons else 200)


def _heartbeat(index: Index, *, now: datetime) -> dict[str, Any]:
    beat = heartbeat(index.snapshot.fleet_record, now=now)
    if beat is None:
        return {}
    times = {"LastGoodPass": format_instant(beat.good), "NextPass": format_instant(beat.expected)}
    return {**times, "Late": beat.is_late(now)}


def _reasons(index: Index, age: int) -> list[str]:
    reasons = [f"helium.yaml on main has an error at line {each.line}: {each.sentence}" for each in index.issues]
    if age > STALE_SECONDS:
        reasons.append(f"the remote last answered {age} seconds ago; answers come from the mirror")
    return reasons
