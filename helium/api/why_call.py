"""`GET /v1/api/workspace/{id}/why`: what the next pass would do with a workspace, and the facts behind that."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from helium.api import openapi
from helium.api.auth import needs
from helium.api.index import Index, Indexer
from helium.api.parts import ApiParts
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.tokens import Scope
from helium.api.workspaces import current
from helium.core.deadlines import instant_text
from helium.core.fleet_view import ChangeFacts
from helium.errors import NotSupportedError
from helium.reconcile.explanation import explained


@dataclass(frozen=True, slots=True)
class WhyResponse:
    """`Kind` is `create`, `update`, `destroy` or `keep`, `Code` and `Reason` say why, `Refused` what a safeguard says.

    `Digest`: of the change. `Blob`: the file that it goes by; `Program`: the digest of what makes the workspace; both
    are null where there is none. `Commit` touched the file last, `LastOutcome` is what a pass did last.
    """

    ID: str
    Kind: str
    Code: str
    Reason: str
    Backend: str
    Digest: str
    Blob: str | None
    Program: str | None
    Deadline: str
    Commit: str
    LastOutcome: str
    Phase: str
    Drift: str
    Refused: str


@get(
    "/workspace/{id:str}/why",
    guards=(needs(Scope.READ),),
    tags=("workspaces",),
    summary="Why it is as it is",
    responses=openapi.WHY,
)
async def why(
    id: FromPath[str],
    *,
    indexer: NamedDependency[Indexer],
    writes: NamedDependency[WorkspaceWrites],
    parts: NamedDependency[ApiParts],
) -> Response[WhyResponse]:
    """By the ledger's word for the stacks, as no server looks at them, and by a plan of the last ten seconds."""
    index = await current(indexer, writes)
    facts = await writes.read(lambda: _facts(index, id, writes=writes, parts=parts))
    answer = WhyResponse(
        ID=facts.name,
        Kind=facts.kind,
        Code=facts.code,
        Reason=facts.reason,
        Backend=facts.backend,
        Digest=facts.digest,
        Blob=facts.blob,
        Program=facts.program,
        Deadline=instant_text(facts.deadline),
        Commit=facts.commit,
        LastOutcome=facts.last_outcome,
        Phase=facts.phase,
        Drift=facts.drift,
        Refused=facts.refused,
    )
    return Response(answer, headers={"Cache-Control": "no-store"})


def _facts(index: Index, id: str, *, writes: WorkspaceWrites, parts: ApiParts) -> ChangeFacts:
    if parts.foresee is None:
        raise NotSupportedError("This server cannot plan. Run helium why in a clone.")
    plan = writes.plans.of(index, parts.clock(), foresee=parts.foresee)
    return explained(
        plan,
        id,
        record=index.snapshot.records.get(id),
        commits=parts.repo.commits(id, commit=plan.commit),
        lines=tuple(parts.ledger.log(name=id)),
    )
