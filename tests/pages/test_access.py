from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, expect

from helium.core.fleet_record import Pause
from tests.api.serving import World, served
from tests.builders import NOW
from tests.pages.browsers import DESKTOP, PHONE, admitted, deps_of
from tests.pages.fleets import PATHS, acme

COLOURS = {"runOnly": ["color-contrast"]}


@pytest.fixture(scope="module")
def fleet() -> Iterator[str]:
    """One fleet that nobody changes here, with every note that there is."""
    world = acme()
    fleet_record = world.ledger.snapshot.fleet_record
    assert fleet_record
    pause = Pause("ada <ada@example.com>", "moving the cluster", NOW)
    world.ledger.snapshot = replace(
        world.ledger.snapshot, head="2" * 40, fleet_record=replace(fleet_record, pause=pause)
    )
    with served(deps_of(world)) as at:
        yield at


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Whose colours do not fade from one to the other while axe looks at them."""
    context = chromium.new_context(reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, fleet: str) -> Iterator[Page]:
    """Signed in."""
    with admitted(context, fleet) as opened:
        yield opened


def violations(page: Page) -> list[str]:
    """What axe finds on a desktop, in the dark (where nothing but colours differs) and on a phone, one line each."""
    found = []
    for look, viewport, scheme in (("desktop", DESKTOP, "light"), ("dark", DESKTOP, "dark"), ("phone", PHONE, "light")):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        violations = Axe().run(page, options=COLOURS if look == "dark" else None).response["violations"]
        nodes = [(each["id"], node) for each in violations for node in each["nodes"]]
        found += [f"{look}: {rule}: {node['target']} {node['failureSummary']}" for rule, node in nodes]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{look}: it scrolls sideways")
    return found


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(page: Page, fleet: str, path: str) -> None:
    """In light, in dark and on a phone, on every page; and no page scrolls sideways."""
    page.goto(fleet + path)
    for each in page.locator("summary").all():
        each.click()

    assert [] == violations(page)


LONGEST = "a" + "-name-of-fifty-eight-letters" * 2 + "-x"


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_longest_name_fits(scripted: Page, socket_address: str, world: World, *, width: int) -> None:
    """Nor does a page scroll sideways for a name or a description without a place to break; every button is whole."""
    world.repo.land({f"workspaces/{LONGEST}.yaml": b"owner: root@example.com\ndescription: " + b"w" * 200 + b"\n"})
    scripted.set_viewport_size({"width": width, "height": 860})
    for path in ("/", f"/workspace/{LONGEST}"):
        scripted.goto(socket_address + path)
        expect(scripted.get_by_text(LONGEST).first).to_be_visible()
        assert scripted.evaluate("document.documentElement.scrollWidth") <= width
    box = scripted.get_by_role("button", name="Delete").bounding_box()
    assert box
    assert box["x"] + box["width"] <= width


def test_axe_finds_nothing_before_the_sign_in(page: Page, fleet: str) -> None:
    """Nor in a form with errors."""
    page.context.clear_cookies()
    page.goto(fleet)
    assert [] == violations(page)
    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert [] == violations(page)


def test_axe_finds_nothing_in_an_empty_fleet(context: BrowserContext) -> None:
    """Nor where a form is refused."""
    with served(deps_of(World())) as address, admitted(context, address) as page:
        page.goto(address)
        assert [] == violations(page)
        page.goto(f"{address}/new")
        page.get_by_label("Until").fill("someday")
        page.get_by_role("button", name="Ask for it").click()
        expect(page.locator("#expiry-error")).to_be_visible()
        assert [] == violations(page)


def test_by_keyboard_alone(scripted: Page, socket_address: str) -> None:
    """The first Tab skips to the content; what has the focus is seen."""
    scripted.goto(f"{socket_address}/workspace/otter-demo")
    scripted.keyboard.press("Tab")
    skip = scripted.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    scripted.keyboard.press("Enter")
    expect(scripted.locator("main")).to_be_focused()
    scripted.keyboard.press("Tab")
    scripted.keyboard.press("Tab")
    focused = scripted.locator(":focus")

    assert "none" != focused.evaluate("each => getComputedStyle(each).outlineStyle")


def test_every_page_has_one_heading_and_its_landmarks(shown: Page, standing: str) -> None:
    """One h1, a main, a banner, and a title that says which page it is."""
    titles = set()
    for path in PATHS:
        shown.goto(standing + path)
        assert 1 == shown.locator("h1").count()
        assert 1 == shown.get_by_role("main").count()
        assert 1 == shown.get_by_role("banner").count()
        titles.add(shown.title())

    assert len(PATHS) - 1 <= len(titles)
