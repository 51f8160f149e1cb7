"""The dashboard: pages that a server renders, which work without JavaScript and better with it.

They read the shelf and hand wishes to the desk as the API does, and decide nothing themselves. Everything but the
sign-in is behind a session; everything that changes something is refused from another site.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response, Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.plugins.htmx import HTMXRequest
from litestar.static_files import create_static_files_router
from litestar.types import BeforeRequestHookHandler

from helium.api.auth import Authenticator
from helium.api.pages.fleet import FleetPage
from helium.api.pages.layout import STATIC, Site, templates
from helium.api.pages.new_workspace import NewPage
from helium.api.pages.next_pass import NextPage
from helium.api.pages.problems import elsewhere, handlers
from helium.api.pages.security import Gate
from helium.api.pages.sessions import PageSessions
from helium.api.pages.sign_in import SignIn
from helium.api.pages.workspace import WorkspacePage

YEAR = 365 * 24 * 3600


def pages(site: Site, authenticator: Authenticator) -> tuple[Router, ...]:
    """Every page, and the files that they load."""
    sessions = PageSessions(site.deps)
    gate = Gate(sessions, authenticator, indexer=site.indexer)
    given = {"site": _given(site), "sessions": _given(sessions), "authenticator": _given(authenticator)}
    inside = Router(
        "/",
        route_handlers=[FleetPage, WorkspacePage, NewPage, NextPage],
        before_request=_hook(gate.known),
        dependencies=given,
        request_class=HTMXRequest,
        exception_handlers=handlers(site),
    )
    outside = Router(
        "/",
        route_handlers=[SignIn],
        before_request=_hook(gate.anybody),
        dependencies=given,
        request_class=HTMXRequest,
        exception_handlers=handlers(site),
    )
    return inside, outside, _static()


def _static() -> Router:
    """Each file is asked for under its version, so it may be kept for ever."""
    kept = CacheControlHeader(max_age=YEAR, public=True, immutable=True)
    return create_static_files_router("/static", [STATIC], cache_control=kept)


def _hook(hook: Callable[[Any], Awaitable[Response[Any] | None]]) -> BeforeRequestHookHandler:
    """A closure, since a router copies all that it is given, and nobody copies a lock."""

    async def before(request: Request[Any, Any, Any]) -> Response[Any] | None:
        return await hook(request)

    return before


def _given(thing: object) -> Provide:
    def give() -> object:
        return thing

    return Provide(give, sync_to_thread=False)


__all__ = ["Site", "elsewhere", "pages", "templates"]
