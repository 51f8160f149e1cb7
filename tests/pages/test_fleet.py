from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import Browser, BrowserContext, Page, expect

from helium.core.fleet_record import Pause
from tests.api.serving import ADA, World, served
from tests.builders import NOW
from tests.pages.browsers import admitted, deps_of, sign_in
from tests.pages.fleets import add, many


def opened(page: Page, address: str, path: str = "/") -> Page:
    """On the first page, or on another."""
    page.goto(address + path)
    return page


def names(page: Page) -> list[str]:
    """The workspaces that are shown, in their order."""
    return page.locator("#w-table tbody th > a").all_inner_texts()


def test_the_soonest_deadline_is_first(shown: Page, standing: str) -> None:
    """Every name is there, by the time it has left; one without a deadline comes last."""
    assert [
        "walrus-late", "otter-demo", "old-benchmark", "caribou-x3k9q2", "lynx-a7f20c", "puffin-fresh",
        "marmot-upgrade", "heron-training", "spoilt",
    ] == names(opened(shown, standing))  # fmt: skip


def test_a_line_says_what_matters(shown: Page, standing: str) -> None:
    """Phase, time left, owner, and the reason in words."""
    page = opened(shown, standing)
    row = page.locator("#w-table").get_by_role("row").filter(has_text="lynx-a7f20c")

    expect(row).to_contain_text("Failed")
    expect(row).to_contain_text("bob@example.com")
    expect(row).to_contain_text("the chart pachyderm 2.9.9 is not in the repository")
    expect(page.locator("#u-table").get_by_role("row").filter(has_text="walrus-late")).to_contain_text("held")


def test_searching(page: Page, socket_address: str) -> None:
    """By name, owner or description; the socket_address says the search, and so can be shared."""
    opened(page, socket_address)
    page.get_by_label("Search").fill("northwind")
    page.get_by_role("button", name="Search").click()

    expect(page.locator("#w-table tbody tr")).to_have_count(1)
    assert ["caribou-x3k9q2"] == names(page)
    page.wait_for_url(re.compile("q=northwind"))
    page.reload()
    assert ["caribou-x3k9q2"] == names(page)


def test_filtering_by_status_and_owner(page: Page, socket_address: str) -> None:
    """Each status with its number; both filters together."""
    opened(page, socket_address)
    page.get_by_role("navigation", name="Status").get_by_role("link", name="Ready 3").click()
    expect(page.locator("#w-table tbody tr")).to_have_count(3)
    assert ["otter-demo", "caribou-x3k9q2", "heron-training"] == names(page)
    page.get_by_label("Owner").select_option("grace@example.com")
    page.get_by_role("button", name="Search").click()

    expect(page.locator("#w-table tbody tr")).to_have_count(1)
    assert ["otter-demo"] == names(page)


def test_sorting_by_a_column(page: Page, socket_address: str) -> None:
    """By a click on its head, and the other way by another one; the address says the order."""
    opened(page, socket_address)
    page.locator("#w-table").get_by_role("link", name="Workspace").click()
    page.wait_for_url(re.compile(r"sort=name"))
    expect(page.locator("#u-table")).to_have_count(0)
    assert sorted(names(page)) == names(page)
    page.get_by_role("link", name="Workspace", exact=True).click()
    page.wait_for_url(re.compile("sort=-name"))
    assert sorted(names(page), reverse=True) == names(page)


def test_nothing_that_matches(shown: Page, standing: str) -> None:
    """Says so, and leads back to all."""
    page = opened(shown, standing)
    page.get_by_label("Search").fill("no such thing")
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Show the whole fleet").click()
    expect(page.locator("#w-table tbody tr")).to_have_count(9)


def test_searching_while_typing(scripted: Page, socket_address: str) -> None:
    """With JavaScript no button is needed, the field keeps the focus, and a screen reader reads the number."""
    opened(scripted, socket_address)
    scripted.get_by_label("Search").press_sequentially("ada", delay=20)

    expect(scripted.locator("#w-table tbody tr")).to_have_count(2)
    expect(scripted.locator("#q")).to_be_focused()
    expect(scripted.get_by_role("status")).to_have_text("2 workspaces found")
    while "q=" in scripted.url:  # a slow machine looks between two letters too, and each look can be gone back to
        scripted.go_back()
    expect(scripted.locator("#w-table tbody tr")).to_have_count(9)


def test_what_happens_is_seen(scripted: Page, socket_address: str, world: World) -> None:
    """The page looks again by itself, and says nothing aloud when it does."""
    opened(scripted, socket_address)
    add(world, "new-one", text="owner: ada@example.com\n", unseen=True)

    expect(scripted.get_by_role("link", name="new-one")).to_be_visible()
    expect(scripted.get_by_role("status")).to_have_text("")


def test_the_sandbox_is_named(shown: Page, standing: str) -> None:
    """Every screen of a fleet in the sandbox says so."""
    for path in ("/", "/new", "/next", "/workspace/spoilt", "/workspace/never-was"):
        expect(opened(shown, standing, path).get_by_text("Sandbox data.")).to_be_visible()


def test_a_pause_and_a_late_pass_are_named(context: BrowserContext, world: World) -> None:
    """Before anything else is read."""
    snapshot = world.ledger.snapshot
    assert snapshot.fleet_record
    pause = Pause("ada <ada@example.com>", "moving the cluster", NOW)
    world.ledger.snapshot = replace(snapshot, head="2" * 40, fleet_record=replace(snapshot.fleet_record, pause=pause))
    world.now += timedelta(hours=3)
    with served(deps_of(world)) as address:
        notes = opened(admitted(context, address), address).get_by_role("region", name="Notes about the fleet")

        expect(notes).to_contain_text("moving the cluster")
        expect(notes).to_contain_text("The last good pass was 3h 4m ago")


def test_an_empty_fleet_teaches(chromium: Browser) -> None:
    """Who comes first learns what a workspace is, and how to have one."""
    with served(deps_of(World())) as address:
        page = chromium.new_page()
        sign_in(page, address, token=ADA)

        expect(page.get_by_role("heading", name="No workspaces yet")).to_be_visible()
        page.get_by_role("link", name="Create the first one").click()
        expect(page.get_by_role("heading", name="New workspace")).to_be_visible()
        page.close()


def test_a_fleet_of_two_thousand(context: BrowserContext) -> None:
    """Fifty at a time, in pages that links lead through; a search still looks at all."""
    with served(deps_of(many(2000))) as address:
        page = opened(admitted(context, address), address)

        expect(page.locator(".under")).to_contain_text("1–50 of 2,000 workspaces")
        page.get_by_role("link", name="Next", exact=True).click()
        expect(page.locator(".under")).to_contain_text("51–100 of 2,000 workspaces")
        page.goto(f"{address}/?page=999999")
        expect(page.locator(".under")).to_contain_text("Page 40 of 40")
        page.get_by_label("Search").fill("01999")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("#w-table tbody tr")).to_have_count(1)
