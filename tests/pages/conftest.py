"""Fleets to look at, where their pages are, and Chromium for what only a browser can show: those tests are slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.api.in_process import in_process
from tests.api.serving import World, served
from tests.pages.browsers import DESKTOP, admitted, deps_of
from tests.pages.fleets import acme
from tests.pages.reader import Reader

# As long as an action may take: how busy the machine is says nothing about a page.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def still() -> World:
    """A small fleet with a workspace in each status, which no test changes."""
    return acme()


@pytest.fixture(scope="session")
def application(still: World) -> Iterator[str]:
    """Its pages in this process."""
    with in_process(deps_of(still)) as at:
        yield at


@pytest.fixture(scope="session")
def reader(application: str) -> Reader:
    """An admin who reads them without a browser."""
    return Reader(application)


@pytest.fixture(scope="session")
def standing(still: World) -> Iterator[str]:
    """Its pages on a socket, for a browser."""
    with served(deps_of(still)) as at:
        yield at


@pytest.fixture(scope="session")
def shown(chromium: Browser, standing: str) -> Iterator[Page]:
    """An admin's page on it, for all that is only read: what the server says is the same with JavaScript."""
    context = chromium.new_context(viewport=DESKTOP, java_script_enabled=False)  # type: ignore[arg-type]
    yield admitted(context, standing)
    context.close()


@pytest.fixture
def world() -> World:
    """Such a fleet for one test alone."""
    return acme()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Its pages in this process."""
    with in_process(deps_of(world)) as at:
        yield at


@pytest.fixture
def socket_address(world: World) -> Iterator[str]:
    """Its pages on a socket, for a browser."""
    with served(deps_of(world)) as at:
        yield at


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser's profile of its own, without JavaScript."""
    context = chromium.new_context(viewport=DESKTOP, java_script_enabled=False)  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def scripting(chromium: Browser) -> Iterator[BrowserContext]:
    """One with JavaScript, and with leave to use the clipboard."""
    context = chromium.new_context(viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"])  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def plain(context: BrowserContext, socket_address: str) -> Page:
    """An admin's page without JavaScript; no script touches the forms in which it is enough."""
    return admitted(context, socket_address)


@pytest.fixture
def scripted(scripting: BrowserContext, socket_address: str) -> Page:
    """An admin's page with JavaScript."""
    return admitted(scripting, socket_address)


@pytest.fixture(params=[pytest.param(each, marks=pytest.mark.slow) for each in ("scripted", "plain")])
def page(request: pytest.FixtureRequest) -> Page:
    """An admin's page with JavaScript and without."""
    opened: Page = request.getfixturevalue(request.param)
    return opened
