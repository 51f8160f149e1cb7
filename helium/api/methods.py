"""`OPTIONS`, answered for every path alike and to everybody: which methods it knows is in the description anyhow."""

from __future__ import annotations

from litestar import Request, Response
from litestar.types import ASGIApp, Receive, Scope, Send


def told(app: ASGIApp) -> ASGIApp:
    """A middleware around everything: several handlers may share a path, and each knows but its own methods."""

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "OPTIONS":
            await app(scope, receive, send)
            return
        routes = [route for route in scope["litestar_app"].routes if route.path_format == scope["path_template"]]
        known = sorted({method for route in routes for method in route.methods})
        answer = Response(None, status_code=204, headers={"Allow": ", ".join(known)})
        await answer.to_asgi_response(app=None, request=Request(scope))(scope, receive, send)

    return around
