"""The API without a socket: an application on an event loop of its own, and how a client reaches it.

For what is said in an answer. What is about HTTP on the wire is tested on a socket, by `serving.served`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, cast

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from litestar.types import ASGIApp

from helium.api.app import create_app
from helium.api.parts import ApiParts

_NUMBERS = count(1)
TRANSPORTS: dict[str, httpx.BaseTransport] = {}
"""The applications that run now, by their address."""


@dataclass(frozen=True)
class AppTransport(httpx.BaseTransport):
    """Hands each request to an application, as uvicorn would: from this machine, with the body as it was sent."""

    app: ASGIApp
    portal: BlockingPortal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for the whole answer. Several threads may ask at once."""
        body = request.read()
        sent = httpx.Request(request.method, request.url, headers=request.headers.raw, content=body)
        answer, content = self.portal.call(self._answered, sent)
        return httpx.Response(answer.status_code, headers=answer.headers, content=content, request=request)

    async def _answered(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        transport = httpx.ASGITransport(cast(Any, self.app), raise_app_exceptions=False, client=("127.0.0.1", 1))
        answer = await transport.handle_async_request(request)
        return answer, await answer.aread()


@contextmanager
def in_process(deps: ApiParts) -> Iterator[str]:
    """The address of the API in this process, which nothing but `serving.client` can reach."""
    app, address = create_app(deps), f"http://app-{next(_NUMBERS)}.test"
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(_living(app)):
        TRANSPORTS[address] = AppTransport(app, portal)
        try:
            yield address
        finally:
            del TRANSPORTS[address]


@asynccontextmanager
async def _living(app: ASGIApp) -> AsyncIterator[None]:
    """Start and stop the application as a server does, so that its own tasks run and end."""
    said: asyncio.Queue[str] = asyncio.Queue()
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def receive() -> Any:
        return {"type": await said.get()}

    async def send(message: Any) -> None:
        await heard.put(message["type"])

    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    running = asyncio.create_task(cast(Any, app)(scope, receive, send))
    await said.put("lifespan.startup")
    assert "lifespan.startup.complete" == await heard.get()
    try:
        yield
    finally:
        await said.put("lifespan.shutdown")
        await running
