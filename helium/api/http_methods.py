"""`OPTIONS` and `HEAD`, answered for every path in one place, so that no handler has to."""

from __future__ import annotations

from typing import cast

from litestar import Request, Response
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_SENT = "helium_method"


def head_and_allow(app: ASGIApp) -> ASGIApp:
    """A middleware that answers `OPTIONS` for every path, without a token: `/schema` says the same to everybody.

    Several handlers may share a path, and each knows only its own methods.
    """

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "OPTIONS":
            await app(scope, receive, send)
            return
        routes = [route for route in scope["litestar_app"].routes if route.path_format == scope["path_template"]]
        known = sorted({method for route in routes for method in route.methods})
        answer = Response(None, status_code=204, headers={"Allow": ", ".join(known)})
        await answer.to_asgi_response(app=None, request=Request(scope))(scope, receive, send)

    return around


def headed(app: ASGIApp) -> ASGIApp:
    """Around the whole application: `HEAD` is `GET` without the body, and `Allow` names both or neither."""

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        bare = scope.get("method") == "HEAD"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [(name, _with_head(name, value)) for name, value in message["headers"]]
            elif bare and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        inner = {**scope, "method": "GET", _SENT: "HEAD"} if bare else scope
        await app(cast(Scope, inner), receive, answer)

    return around


def method_of(scope: Scope) -> str:
    """The method as the caller sent it."""
    return str(scope.get(_SENT) or scope.get("method", ""))


def _with_head(name: bytes, value: bytes) -> bytes:
    known = {each.strip() for each in value.split(b",")} if name.lower() == b"allow" else set()
    return b", ".join(sorted({*known, b"HEAD"})) if b"GET" in known else value
