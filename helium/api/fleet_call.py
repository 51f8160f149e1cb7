"""`GET /v1/api/fleet`: which fleet this server serves, by which Helium, and the heartbeat of its passes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from litestar import Response, get
from litestar.di import NamedDependency

from helium.api import openapi
from helium.api.auth import needs
from helium.api.index import Indexer
from helium.api.parts import ApiParts
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.tokens import Scope
from helium.api.workspaces import current
from helium.core.deadlines import format_instant
from helium.core.heartbeat import Heartbeat, heartbeat


@dataclass(frozen=True, slots=True)
class HeartbeatInfo:
    """When passes came. `LastGood`: the last that was good, `LastSeen` of any kind, `Next`: when the next is expected.

    `Late`: whether that is later than it should be, from `LateFrom` on. `Running`: one is at work. `Sentence` says it.
    """

    LastGood: str
    LastSeen: str
    Next: str
    LateFrom: str
    Running: bool
    Late: bool
    Sentence: str


@dataclass(frozen=True, slots=True)
class FleetResponse:
    """The fleet. `Sandbox`: the providers that are simulated, which `Simulated` says to people.

    `Write`: how a request becomes a change of main, `direct` or `pull-request`. `Helium`: the version of this server.
    `Passes` is null before the first pass. `SilentChannels`: those of `notify` that take no messages, a sentence each.
    """

    Name: str
    Helium: str
    Sandbox: tuple[str, ...] = ()
    Simulated: str = ""
    Write: str = ""
    Passes: HeartbeatInfo | None = None
    SilentChannels: tuple[str, ...] = ()


@get("/fleet", guards=(needs(Scope.READ),), tags=("workspaces",), summary="Which fleet this is", responses=openapi.READ)
async def fleet(
    *, indexer: NamedDependency[Indexer], writes: NamedDependency[WorkspaceWrites], parts: NamedDependency[ApiParts]
) -> Response[FleetResponse]:
    """By `helium.yaml` on main, and by the ledger."""
    index, now = await current(indexer, writes), parts.clock()
    beat = heartbeat(index.snapshot.fleet_record, now=now)
    known = index.fleet
    answer = FleetResponse(
        known.name,
        _version(),
        known.sandbox,
        known.simulated,
        known.write,
        _beat(beat, now) if beat else None,
        index.snapshot.silent_channels,
    )
    return Response(answer, headers={"Cache-Control": "no-store"})


@cache
def _version() -> str:
    try:
        return version("helium-workspaces")
    except PackageNotFoundError:
        return ""


def _beat(beat: Heartbeat, now: datetime) -> HeartbeatInfo:
    return HeartbeatInfo(
        LastGood=format_instant(beat.good),
        LastSeen=format_instant(beat.seen),
        Next=format_instant(beat.expected),
        LateFrom=format_instant(beat.late_from),
        Running=beat.running,
        Late=beat.is_late(now),
        Sentence=beat.sentence(now),
    )
