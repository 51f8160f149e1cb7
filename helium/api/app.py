"""The application, put together from its `ApiParts`. Nothing happens at import, and it reads no environment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.types import ASGIApp

from helium.api import (
    access_log,
    health,
    host_names,
    http_methods,
    openapi,
    problems,
    renewed_cookies,
    request_body,
    request_id,
    webhooks,
)
from helium.api.auth import Authentication, Authenticator
from helium.api.fleet_call import fleet
from helium.api.index import Indexer
from helium.api.job_exchange import job_token
from helium.api.job_tokens import JobTokens
from helium.api.me import me
from helium.api.metrics import Metrics, metrics
from helium.api.offered_orders import OfferedOrders
from helium.api.orders_call import Orders
from helium.api.pages import Dashboard, SchemaPage, elsewhere, pages, templates
from helium.api.parts import ApiParts
from helium.api.people import People
from helium.api.query import query_of
from helium.api.quota_call import quota
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.resource_metadata import resource_metadata
from helium.api.second_thoughts import SecondThoughts
from helium.api.usage_call import usage
from helium.api.usage_view import UsageView
from helium.api.why_call import why
from helium.api.workspaces import Workspaces
from helium.errors import HeliumError

LOG = logging.getLogger(__name__)
VERSION = "1"
CALLS = (Workspaces, SecondThoughts, Orders, fleet, me, quota, usage, why)
"""Those under `/v1/api`, for callers with a token."""


def create_app(parts: ApiParts) -> ASGIApp:
    """The whole application; its threads end with it."""
    return host_names.named(http_methods.headed(_app(parts)))


def _app(parts: ApiParts) -> Litestar:
    indexer = Indexer(parts)
    writes = WorkspaceWrites(parts, indexer)
    authenticator, usages = Authenticator(parts), UsageView(parts)
    figures = Metrics(parts, indexer, usages=usages)
    orders = OfferedOrders(parts, indexer, writes=writes)
    dashboard = Dashboard(parts, indexer, writes, usages, orders)
    job_tokens = JobTokens(parts)
    people = People(parts, indexer, writes=writes)
    given = {"parts": parts, "indexer": indexer, "writes": writes, "figures": figures, "people": people}
    given |= {"authenticator": authenticator, "job_tokens": job_tokens, "usages": usages, "orders": orders}
    calls = Router(
        "/v1/api", route_handlers=CALLS, middleware=[_authenticated(authenticator, job_tokens, people=people)]
    )
    return Litestar(
        route_handlers=[
            calls,
            job_token,
            resource_metadata,
            health.healthz,
            health.readyz,
            metrics,
            webhooks.git,
            *pages(dashboard, authenticator, people=people),
        ],
        template_config=templates(),
        dependencies={
            **{name: _given(thing) for name, thing in given.items()},
            "page_query": Provide(query_of, sync_to_thread=False),
        },
        plugins=[problems.plugin()],
        exception_handlers={**problems.HANDLERS, **elsewhere(dashboard)},
        middleware=[access_log.timed, host_names.refuse_no_host, http_methods.head_and_allow],
        before_send=[request_id.stamp, renewed_cookies.carry, access_log.watching(figures)],
        after_exception=[problems.logged],
        request_max_body_size=request_body.LARGEST,
        openapi_config=openapi.described(VERSION, page=SchemaPage()),
        logging_config=None,
        lifespan=[_watch(parts, indexer=indexer, writes=writes), _follow(parts)],
    )


def _authenticated(
    authenticator: Authenticator, job_tokens: JobTokens, *, people: People
) -> Callable[[ASGIApp], ASGIApp]:
    """A closure: a router makes deep copies of its middleware, and a lock cannot be copied."""

    def around(app: ASGIApp) -> ASGIApp:
        return Authentication(app, authenticator, jobs=job_tokens.caller, people=people)

    return around


def _given(thing: object) -> Provide:
    def give() -> object:
        return thing

    return Provide(give, sync_to_thread=False)


def _watch(
    parts: ApiParts, *, indexer: Indexer, writes: WorkspaceWrites
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Look at main and ledger every few seconds while the application runs."""

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        watching = asyncio.create_task(_look(indexer, writes, interval=parts.interval))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.to_thread(writes.close)

    return lifespan


def _follow(parts: ApiParts) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Look every few seconds what became of the pull requests that it opened: in a thread, since a host may be slow."""

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        following = asyncio.create_task(_followed(parts)) if parts.change_requests is not None else None
        try:
            yield
        finally:
            if following is not None:
                following.cancel()

    return lifespan


async def _followed(parts: ApiParts) -> None:
    while True:
        try:
            await asyncio.to_thread(parts.follow)
        except HeliumError as error:
            LOG.warning("what became of pull requests cannot be seen now: %s", error)
        await asyncio.sleep(parts.follow_every)


async def _look(indexer: Indexer, writes: WorkspaceWrites, *, interval: float) -> None:
    while True:
        try:
            await writes.read(indexer.ledger)
            await writes.read(indexer.look)
            await writes.read(indexer.watch)
        except HeliumError as error:
            LOG.warning("main and ledger cannot be read now, answers come from the mirror: %s", error)
        await asyncio.sleep(interval)
