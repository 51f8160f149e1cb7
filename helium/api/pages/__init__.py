"""The dashboard: pages that the server renders. They work without JavaScript, and better with it.

They read the index and write through `WorkspaceWrites`, as the API does, and decide nothing themselves. All pages but
the sign-in need a session; no request from another site can change anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response, Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.plugins.htmx import HTMXRequest
from litestar.static_files import create_static_files_router
from litestar.types import BeforeRequestHookHandler

from helium.api.auth import Authenticator
from helium.api.pages.edit_workspace import EditPage
from helium.api.pages.fleet import FleetPage
from helium.api.pages.layout import STATIC, Dashboard, templates
from helium.api.pages.me import MePage
from helium.api.pages.more_time import MoreTimePage
from helium.api.pages.new_workspace import NewPage
from helium.api.pages.next_pass import NextPage
from helium.api.pages.order_change import OrderPage
from helium.api.pages.person_sessions import PersonSessions
from helium.api.pages.problems import elsewhere, handlers
from helium.api.pages.schema import SchemaPage
from helium.api.pages.security import PageGuard
from helium.api.pages.sessions import PageSessions
from helium.api.pages.sign_in import SignIn
from helium.api.pages.sign_in_issuer import SignInByIssuer
from helium.api.pages.sign_in_starts import SignInStarts
from helium.api.pages.usage import UsagePage
from helium.api.pages.workspace import WorkspacePage
from helium.api.people import People

YEAR = 365 * 24 * 3600


def pages(dashboard: Dashboard, authenticator: Authenticator, *, people: People) -> tuple[Router, ...]:
    """All pages, and the files that they load."""
    sessions = PageSessions(dashboard.parts)
    persons = PersonSessions(dashboard.parts, sessions, people=people)
    guard = PageGuard(sessions, authenticator, persons=persons, indexer=dashboard.indexer)
    starts = SignInStarts(dashboard.parts, sessions.ended_before)
    given = {"dashboard": _given(dashboard), "sessions": _given(sessions), "starts": _given(starts)}
    inside = Router(
        "/",
        route_handlers=[
            FleetPage,
            WorkspacePage,
            OrderPage,
            MoreTimePage,
            EditPage,
            NewPage,
            NextPage,
            UsagePage,
            MePage,
        ],
        before_request=_hook(guard.known),
        dependencies=given,
        request_class=HTMXRequest,
        exception_handlers=handlers(dashboard),
    )
    outside = Router(
        "/",
        route_handlers=[SignIn, SignInByIssuer],
        before_request=_hook(guard.anybody),
        dependencies=given,
        request_class=HTMXRequest,
        exception_handlers=handlers(dashboard),
    )
    return inside, outside, _static()


def _static() -> Router:
    """A file's address carries its version, so a browser may keep it for ever."""
    kept = CacheControlHeader(max_age=YEAR, public=True, immutable=True)
    return create_static_files_router("/static", [STATIC], cache_control=kept, before_request=_require_file)


_FILES = frozenset(f"/static/{file.name}" for file in STATIC.iterdir() if file.is_file())


def _require_file(request: Request[Any, Any, Any]) -> None:
    """404 for any other name, before the disk is asked: it has errors of its own for a NUL or for 5,000 letters."""
    if request.scope["path"] not in _FILES:
        raise NotFoundException


def _hook(hook: Callable[[Any], Awaitable[Response[Any] | None]]) -> BeforeRequestHookHandler:
    """A closure: a router makes deep copies of its hooks, and a lock cannot be copied."""

    async def before(request: Request[Any, Any, Any]) -> Response[Any] | None:
        return await hook(request)

    return before


def _given(thing: object) -> Provide:
    def give() -> object:
        return thing

    return Provide(give, sync_to_thread=False)


__all__ = ["Dashboard", "SchemaPage", "elsewhere", "pages", "templates"]
