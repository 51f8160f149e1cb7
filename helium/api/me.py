"""`GET /v1/api/me`: who the server takes the caller for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get

from helium.api import openapi
from helium.api.auth import needs
from helium.api.tokens import Scope
from helium.core.deadlines import format_instant


@dataclass(frozen=True, slots=True)
class MeResponse:
    """`Owner`: whom your new workspaces belong to. `Scope`: `read`, `write` or `admin`. `Name`: of the token.

    `Expires`: when the token ends; it is left out where it does not.
    """

    Owner: str
    Scope: str
    Name: str
    Expires: str | None = None


@get("/me", guards=(needs(Scope.READ),), tags=("sign-in",), summary="Who you are", responses=openapi.READ)
async def me(request: Request[Any, Any, Any]) -> Response[MeResponse]:
    """Whom the token acts for, what it may do, and until when it is good."""
    token = request.auth.token
    expires = format_instant(token.expires) if token.expires else None
    body = MeResponse(request.auth.owner, token.scope.value, token.name, expires)
    return Response(body, headers={"Cache-Control": "no-store"})
