"""The application, put together from what it is given. There is none at import, and it reads no environment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.types import ASGIApp

from helium.api import bodies, documents, health, hooks, methods, problems, trace, watch
from helium.api.callers import Authentication, Doorkeeper
from helium.api.deps import Deps
from helium.api.desk import Desk
from helium.api.listing import query_of
from helium.api.metrics import Metrics, metrics
from helium.api.pages import Site, elsewhere, pages, templates
from helium.api.shelf import Shelf
from helium.api.workspaces import Workspaces
from helium.errors import HeliumError

LOG = logging.getLogger(__name__)
VERSION = "1"


def create_app(deps: Deps) -> ASGIApp:
    """The whole application; its threads end with it."""
    return methods.headed(_app(deps))


def _app(deps: Deps) -> Litestar:
    shelf = Shelf(deps)
    desk = Desk(deps, shelf)
    doorkeeper = Doorkeeper(deps)
    told = Metrics(deps, shelf)
    site = Site(deps, shelf, desk)
    calls = Router("/v1/api", route_handlers=[Workspaces], middleware=[_authenticated(doorkeeper)])
    return Litestar(
        route_handlers=[
            calls,
            health.healthz,
            health.readyz,
            metrics,
            hooks.git,
            *pages(site, doorkeeper),
        ],
        template_config=templates(),
        dependencies={
            "deps": _given(deps),
            "shelf": _given(shelf),
            "desk": _given(desk),
            "told": _given(told),
            "asked": Provide(query_of, sync_to_thread=False),
        },
        plugins=[problems.plugin()],
        exception_handlers={**problems.HANDLERS, **elsewhere(site)},
        middleware=[watch.timed, methods.told],
        before_send=[trace.stamp, watch.watching(told)],
        after_exception=[problems.logged],
        request_max_body_size=bodies.LARGEST,
        openapi_config=documents.described(VERSION),
        logging_config=None,
        lifespan=[_looking(deps, shelf=shelf, desk=desk)],
    )


def _authenticated(doorkeeper: Doorkeeper) -> Callable[[ASGIApp], ASGIApp]:
    """A closure, since a router copies all that it is given, and nobody copies a lock."""

    def around(app: ASGIApp) -> ASGIApp:
        return Authentication(app, doorkeeper)

    return around


def _given(thing: object) -> Provide:
    def give() -> object:
        return thing

    return Provide(give, sync_to_thread=False)


def _looking(deps: Deps, *, shelf: Shelf, desk: Desk) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Look at main and ledger now and then while the application lives."""

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        looking = asyncio.create_task(_look(shelf, desk, interval=deps.interval))
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.to_thread(desk.close)

    return lifespan


async def _look(shelf: Shelf, desk: Desk, *, interval: float) -> None:
    while True:
        try:
            await desk.read(shelf.ledger)
            await desk.read(shelf.look)
        except HeliumError as error:
            LOG.warning("main and ledger cannot be read now: %s", error)
        await asyncio.sleep(interval)
