"""`GET /.well-known/oauth-protected-resource`: whose access tokens the API takes (RFC 9728).

It also says how `helium login` gets one. Everybody may read it: nothing in it is a secret. The members of Helium's own
begin with `helium_`.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from helium.api import openapi
from helium.api.index import Indexer
from helium.api.people import METADATA, People
from helium.api.problems import problem
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.workspaces import current


@get(METADATA, tags=("sign-in",), summary="Whose access tokens count", responses=openapi.METADATA, security=[{}])
async def resource_metadata(
    people: NamedDependency[People], *, indexer: NamedDependency[Indexer], writes: NamedDependency[WorkspaceWrites]
) -> Response[dict[str, Any]]:
    """By `signIn:` of `helium.yaml`."""
    await current(indexer, writes)
    settings = people.settings
    if settings is None:
        raise problem(404, "helium.yaml on main has no `signIn:`, so only tokens of this Helium count here.")
    body: dict[str, Any] = {
        "resource": settings.url,
        "authorization_servers": [settings.issuer],
        "bearer_methods_supported": ["header"],
        "resource_name": "Helium",
        "helium_audience": settings.audience,
    }
    if settings.terminal is not None:
        body["helium_command_line"] = {
            "client_id": settings.terminal.client_id,
            "scopes": list(settings.terminal.scopes),
            "port": settings.terminal.port,
            "resource": settings.terminal.resource,
        }
    return Response(body, headers={"Cache-Control": "no-store"})
