"""Chromium, as Debian has it, driven by Playwright; and the pages on a real socket for it to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from helium.adapters.specs import schemas
from helium.api.pages.sessions import PageSession, PageSessions
from helium.api.parts import ApiParts
from helium.api.tokens import hashed
from helium.app.preview import previewer
from helium.core.observation import Recipe
from helium.ports import Ports
from tests.api.serving import ADMIN, TOKENS, World
from tests.fakes import FakeBackends, FakeEngine, FakeOrderBook
from tools.system import ensure

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


@contextmanager
def browser() -> Iterator[Browser]:
    """One browser, ended at the end."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=ensure("browser", os.environ), args=FLAGS)
        try:
            yield started
        finally:
            started.close()


def deps_of(world: World) -> ApiParts:
    """The world's, with what only the pages need."""
    recipe = Recipe("program-1", placement={"cluster": "ci"}, pins={"charts": "1"})
    backends = FakeBackends({"gcp-namespace": recipe})
    ports = Ports(world.repo, world.ledger, FakeEngine(), world.deps.specs, backends)
    orders = FakeOrderBook(world.repo, world.ledger, world.deps.specs, lambda: world.now)
    return replace(
        world.deps,
        schema=schemas.schema(schemas.WORKSPACE),
        foresee=previewer(ports),
        session_key=b"k" * 32,
        orders=orders,
    )


def session(token: str = ADMIN) -> tuple[PageSession, dict[str, str]]:
    """What a sign-in with this token begins on any fleet of `deps_of`, and the header that carries it."""
    sessions = PageSessions(deps_of(World()))
    begun = sessions.begun(next(each for each in TOKENS if each.hash == hashed(token)))
    cookie = sessions.cookie(begun)
    return begun, {"Cookie": f"{cookie.key}={cookie.value}"}


def admitted(context: BrowserContext, address: str, *, token: str = ADMIN) -> Page:
    """A page of who signed in before; it has gone nowhere yet."""
    name, _, value = session(token)[1]["Cookie"].partition("=")
    url = address.replace("http:", "https:")  # which alone may set a secure cookie from without
    context.add_cookies(
        [{"name": name, "value": value, "url": url, "secure": True, "httpOnly": True, "sameSite": "Strict"}]
    )
    return context.new_page()


def sign_in(page: Page, address: str, *, token: str = ADMIN) -> None:
    """Through the form, as a person does."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")
