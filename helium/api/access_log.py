"""One line in the log and one count in the metrics for every answer.

The line has the request's id, which is also in the trailer of its commit; never a header, a query or a body.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import perf_counter

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from helium.api.auth import Caller
from helium.api.http_methods import method_of
from helium.api.metrics import Metrics
from helium.api.request_id import request_id

LOG = logging.getLogger(__name__)
_BEGAN = "helium_began"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_LONGEST = 200
"""Characters of a path that the log keeps; a name has 63."""
_QUIET = {"/healthz", "/readyz", "/metrics"}
"""Machines call these every few seconds; they are counted, and not logged."""


def timed(app: ASGIApp) -> ASGIApp:
    """A middleware that notes when a request began."""

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"][_BEGAN] = perf_counter()
        await app(scope, receive, send)

    return around


def watching(metrics: Metrics) -> Callable[[Message, Scope], Awaitable[None]]:
    """The hook before each message of an answer."""

    async def watch(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        now = perf_counter()
        seconds = now - scope["state"].get(_BEGAN, now)
        route = scope.get("path_template") or "none"
        method, status = method_of(scope), message["status"]
        metrics.answered(method if method in _METHODS else "other", route, status=status, seconds=seconds)
        # An open page asks every few seconds as well; only what it gets is told.
        is_poll = method == "GET" and status == HTTPStatus.NO_CONTENT
        if route not in _QUIET and not is_poll:
            extra = {"request": request_id(scope), "ms": round(seconds * 1000, 1), **_caller(scope)}
            LOG.info("%s %s: %d", method[:_LONGEST], _cut(scope["path"]), status, extra=extra)

    return watch


def _cut(path: str) -> str:
    """Strangers choose paths of 60 KiB, and the log must not become as long."""
    return path if len(path) <= _LONGEST else f"{path[:_LONGEST]}… ({len(path)} characters)"


def _caller(scope: Scope) -> dict[str, str]:
    caller = scope.get("auth")
    return {"token": caller.token.name, "owner": caller.owner} if isinstance(caller, Caller) else {}
