"""`POST /v1/api/job-token`: a CI job shows who it is, and gets a token for the workspaces of its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException

from helium.api import openapi
from helium.api.auth import Authenticator, presented
from helium.api.job_tokens import JobTokens
from helium.api.problems import of_error
from helium.core.deadlines import format_instant, format_lifetime
from helium.core.job_errors import JobTokenError


@dataclass(frozen=True, slots=True)
class JobTokenResponse:
    """`Token` is good until `Expires`. `Names`: how the names of the run's workspaces begin; give the end of each.

    `AtOnce`: how many workspaces the jobs of the same rule may have together. `MaxLifetime`: how long each lives.
    """

    Token: str
    Expires: str
    Owner: str
    Names: str
    AtOnce: int
    MaxLifetime: str


@post(
    "/v1/api/job-token",
    status_code=201,
    tags=("jobs",),
    summary="Exchange a CI job's token",
    responses=openapi.JOB_TOKEN,
    security=[{"bearer": []}],
)
async def job_token(
    request: Request[Any, Any, Any],
    *,
    authenticator: NamedDependency[Authenticator],
    job_tokens: NamedDependency[JobTokens],
) -> Response[JobTokenResponse]:
    """`Authorization: Bearer` with what the job's host signed for it (OpenID Connect), once."""
    authenticator.require_patience(request)
    text = presented(request)
    try:
        given = await job_tokens.exchange(text)
    except JobTokenError as error:
        authenticator.count_failure(request, what="a CI job's token")
        raise _refused(error) from None
    rule = given.grant.rule
    body = JobTokenResponse(
        given.text,
        format_instant(given.expires),
        rule.owner,
        given.grant.own,
        rule.at_once,
        format_lifetime(rule.max_lifetime),
    )
    return Response(body, status_code=201, headers={"Cache-Control": "no-store"})


def _refused(error: JobTokenError) -> HTTPException:
    refused = of_error(error)
    refused.headers = {**(refused.headers or {}), "WWW-Authenticate": 'Bearer realm="helium"'}
    return refused
