from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from helium.core.register import Pause
from tests.api.serving import World, served
from tests.made import NOW
from tests.pages.browsers import DESK, PHONE, deps_of, sign_in
from tests.pages.fleets import acme

LOOKS = {
    "light": {"viewport": DESK, "color_scheme": "light"},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light"},
}
PATHS = (
    "/",
    "/?q=nothing",
    "/new",
    "/next",
    "/workspace/lynx-a7f20c",
    "/workspace/spoilt",
    "/workspace/never-was",
    "/nowhere",
)


@pytest.fixture(scope="module")
def fleet() -> Iterator[str]:
    """One fleet that nobody changes here, with every note that there is."""
    world = acme()
    register = world.ledger.snapshot.register
    assert register
    pause = Pause("ada <ada@example.com>", "moving the cluster", NOW)
    world.ledger.snapshot = replace(world.ledger.snapshot, head="2" * 40, register=replace(register, pause=pause))
    with served(deps_of(world)) as at:
        yield at


@pytest.fixture(scope="module", params=LOOKS)
def looked(request: pytest.FixtureRequest, chromium: Browser, fleet: str) -> Iterator[Page]:
    """Signed in, in one look."""
    context = chromium.new_context(**LOOKS[request.param], reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    page = context.new_page()
    sign_in(page, fleet)
    yield page
    context.close()


def faults(page: Page) -> list[str]:
    """What axe finds, one line each."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(looked: Page, fleet: str, path: str) -> None:
    """In light, in dark and on a phone, on every page; and no page scrolls sideways."""
    looked.goto(fleet + path)
    for each in looked.locator("summary").all():
        each.click()

    assert [] == faults(looked)
    assert looked.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_axe_finds_nothing_before_the_sign_in(chromium: Browser, fleet: str) -> None:
    """Nor in a form with faults."""
    for look in LOOKS.values():
        context = chromium.new_context(**look)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(fleet)
        assert [] == faults(page)
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert [] == faults(page)
        context.close()


def test_axe_finds_nothing_in_an_empty_fleet(chromium: Browser) -> None:
    """Nor where a form is refused."""
    with served(deps_of(World())) as address:
        page = chromium.new_page()
        sign_in(page, address)
        assert [] == faults(page)
        page.goto(f"{address}/new")
        page.get_by_label("Until").fill("someday")
        page.get_by_role("button", name="Ask for it").click()
        expect(page.locator("#expiry-fault")).to_be_visible()
        assert [] == faults(page)
        page.close()


def test_by_keyboard_alone(scripted: Page, address: str) -> None:
    """The first Tab skips to the content; what has the focus is seen."""
    scripted.goto(f"{address}/workspace/otter-demo")
    scripted.keyboard.press("Tab")
    skip = scripted.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    scripted.keyboard.press("Enter")
    expect(scripted.locator("main")).to_be_focused()
    scripted.keyboard.press("Tab")
    scripted.keyboard.press("Tab")
    focused = scripted.locator(":focus")

    assert "none" != focused.evaluate("each => getComputedStyle(each).outlineStyle")


def test_every_page_has_one_heading_and_its_landmarks(page: Page, address: str) -> None:
    """One h1, a main, a banner, and a title that says which page it is."""
    titles = set()
    for path in PATHS:
        page.goto(address + path)
        assert 1 == page.locator("h1").count()
        assert 1 == page.get_by_role("main").count()
        assert 1 == page.get_by_role("banner").count()
        titles.add(page.title())

    assert len(PATHS) - 1 <= len(titles)
