from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.api.serving import World, served
from tests.pages.browsers import DESK, browser, deps_of, sign_in
from tests.pages.fleets import acme
from tools.progress import SetupError
from tools.system import ensure


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a process. Where there is none, and no right to install one, they are skipped."""
    try:
        ensure("browser", os.environ)
    except SetupError as error:
        pytest.skip(str(error))
    with browser() as started:
        yield started


@pytest.fixture
def world() -> World:
    """A small fleet with a workspace in each phase."""
    return acme()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where its pages are."""
    with served(deps_of(world)) as at:
        yield at


@pytest.fixture(params=[True, False], ids=["scripted", "plain"])
def context(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    """A browser's profile of its own, with and without JavaScript."""
    scripted = bool(request.param)
    made = chromium.new_context(viewport=DESK, java_script_enabled=scripted)  # type: ignore[arg-type]
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    """Signed in as an admin, on the first page."""
    opened = context.new_page()
    sign_in(opened, address)
    return opened


@pytest.fixture
def scripted(chromium: Browser, address: str) -> Iterator[Page]:
    """The same, with JavaScript and with leave to use the clipboard."""
    made = chromium.new_context(viewport=DESK, permissions=["clipboard-read", "clipboard-write"])  # type: ignore[arg-type]
    made.set_default_timeout(10_000)
    opened = made.new_page()
    sign_in(opened, address)
    yield opened
    made.close()
