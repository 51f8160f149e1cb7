"""The site as people read it, built from this clone: its search, its colours, its size, and no request elsewhere."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.browsers import DESKTOP
from tests.pages.test_access import violations
from tools.make import ROOT
from tools.site.build import site

pytestmark = pytest.mark.slow
PAGES = ["", "how-to/run-in-ci/", "reference/sandbox-faults/"]


class QuietRequestHandler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The site, built strictly, on a socket."""
    assert 0 == site(ROOT, os.environ)
    handler = functools.partial(QuietRequestHandler, directory=str(ROOT / ".site/html"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page, which fails the test that asks another host for anything."""
    context = chromium.new_context(viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    opened = context.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    context.close()
    assert [] == [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(page: Page, address: str, path: str) -> None:
    """In light, in dark and on a phone; and no page scrolls sideways."""
    page.goto(address + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    assert [] == violations(page)


def test_the_search_finds_a_page_and_leads_there(page: Page, address: str) -> None:
    """From the front page, by a word of a how-to guide."""
    page.goto(address)
    page.get_by_role("button", name="Search").first.click()
    page.get_by_role("combobox").or_(page.get_by_placeholder("Search")).first.fill("JupyterHub")
    page.locator("a[href*='how-to/jupyterhub/?']").first.click()

    page.wait_for_url(f"{address}how-to/jupyterhub/**")


def test_the_front_page_leads_to_the_tutorial(page: Page, address: str) -> None:
    """With one click, on the first screen."""
    page.goto(address)
    link = page.get_by_role("main").get_by_role("link", name="first workspace").first
    box = link.bounding_box()

    assert box
    assert box["y"] + box["height"] < DESKTOP["height"]
    link.click()
    page.wait_for_url(f"{address}tutorial/first-workspace/**")
