"""The page of a workspace whose deletion is held: what holds it, the way back, and the command for an admin."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from helium.reconcile.guard import deletes_digest
from tests.api.serving import ADA, ADMIN, BOB, World, served
from tests.api.test_held import FILE, NAMES, WHY, held_world
from tests.pages.browsers import admitted, deps_of
from tests.pages.reader import Reader

COMMAND = f"helium reconcile --allow-deletes {deletes_digest(NAMES)}"


@pytest.fixture
def world() -> World:
    """Seven workspaces whose deletion is held."""
    return held_world()


def test_its_owner_cancels_the_deletion(world: World, address: str) -> None:
    """One button puts the file back as it was; the page says so, and the workspace is ready."""
    page = Reader(address, ADA).open("/workspace/h1")
    assert WHY in page.root.one("section", has="A safeguard keeps").text
    back = page.press("Restore h1")

    assert ("/workspace/h1?done=restored", FILE) == (
        back.path,
        world.repo.read(world.repo.head(), "workspaces/h1.yaml"),
    )
    assert back.root.one(role="status").text.startswith("Its file is back")
    assert [] == back.root.all("button", has="Restore")


def test_an_admin_reads_the_exact_command(address: str) -> None:
    """Ready to copy; others read whom to ask."""
    pages = {token: Reader(address, token).open("/workspace/h1") for token in (ADMIN, ADA, BOB)}

    assert COMMAND == pages[ADMIN].id("release").text
    assert [[], []] == [pages[token].root.all(id="release") for token in (ADA, BOB)]
    assert "An admin can let the change go" in pages[ADA].root.one("section", has="A safeguard keeps").text
    assert [] == pages[BOB].root.all("button", has="Restore")
    alone = "without an admin: restore it, then delete it on this page. That counts as requested."
    assert [1, 1, 0] == [pages[token].root.text.count(alone) for token in (ADMIN, ADA, BOB)]
    assert "ada@example.com can put its file back" in pages[BOB].root.one("section", has="A safeguard keeps").text


@pytest.mark.slow
def test_in_a_browser(world: World, scripting: BrowserContext) -> None:
    """Both offers stand on the page, and the button works."""
    with served(deps_of(world)) as address:
        page = admitted(scripting, address)
        page.goto(f"{address}/workspace/h1")
        expect(page.locator("#release")).to_have_text(COMMAND)
        page.get_by_role("button", name="Restore h1").click()
        expect(page.locator(".title .chip")).to_have_text("Ready")
