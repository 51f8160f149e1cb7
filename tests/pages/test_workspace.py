from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.api.serving import ADA, BOB, FLEET, READER, World
from tests.pages.browsers import admitted

NAME = "caribou-x3k9q2"
PACHCTL = (
    """echo '{"pachd_address": "grpc://203.0.113.7:30651", "source": 2}' | tr -d \\ | pachctl config set context """
    f"{NAME} --overwrite && pachctl config set active-context {NAME}"
)


def opened(page: Page, address: str, name: str = NAME) -> Page:
    """On one workspace's page."""
    page.goto(f"{address}/workspace/{name}")
    return page


def test_how_it_is_reached(shown: Page, standing: str) -> None:
    """The strings byte by byte, one click selects the whole of one."""
    page = opened(shown, standing)

    assert PACHCTL == page.locator("#pachctl").inner_text()
    assert f"https://{NAME}.ws.acme.example" == page.locator("#console").inner_text()
    assert f"https://jh-{NAME}.ws.acme.example" == page.locator("#notebooks").inner_text()
    assert NAME == page.locator("#namespace").inner_text()
    page.locator("#k8s").click()
    expect(page.locator("#k8s")).to_have_css("user-select", "all")


def scripts(page: Page) -> bool:
    """Whether this page runs JavaScript."""
    return page.locator("html.scripted").count() == 1


def test_copying(scripted: Page, socket_address: str) -> None:
    """The button copies exactly the string, says so, and says it aloud."""
    opened(scripted, socket_address)
    scripted.get_by_role("button", name="Copy pachctl").click()

    expect(scripted.get_by_role("status")).to_have_text("Copied: pachctl")
    assert PACHCTL == scripted.evaluate("navigator.clipboard.readText()")


def test_no_button_that_does_nothing(shown: Page, standing: str) -> None:
    """Without JavaScript there is no copy button."""
    expect(opened(shown, standing).get_by_role("button", name="Copy pachctl")).to_be_hidden()


def test_why_it_is_as_it_is(shown: Page, standing: str) -> None:
    """The reason of its status, and when it is tried again."""
    page = opened(shown, standing, "lynx-a7f20c")

    expect(page.locator(".why")).to_contain_text("the chart pachyderm 2.9.9 is not in the repository")
    expect(page.locator(".why")).to_contain_text("Attempt 3 failed. The next one is due at 2026-11-24 12:08:00 UTC")


@pytest.mark.slow
def test_times_are_the_readers_own(chromium: Browser, standing: str) -> None:
    """With JavaScript in the reader's zone, UTC in the tooltip; without it, in UTC; also after the page is renewed."""
    with chromium.new_context(timezone_id="Asia/Kolkata", locale="en-GB") as context:
        page = opened(admitted(context, standing), standing, "lynx-a7f20c")
        due = page.locator(".why time")

        expect(due).to_contain_text("24 Nov")
        expect(due).to_contain_text("17:38")
        expect(due).to_have_attribute("title", "2026-11-24 12:08:00 UTC")
        page.evaluate("document.querySelector('.why time').textContent = 'as the server says it'")
        page.evaluate("document.dispatchEvent(new Event('helium:renewed'))")
        expect(due).to_contain_text("17:38")


def test_its_file_and_its_history(shown: Page, standing: str) -> None:
    """The file as it stands on main; commits and outcomes, newest first."""
    page = opened(shown, standing)

    expect(page.locator("#yaml")).to_contain_text('pachdVersion: "2.3.9"')
    titles = page.locator(".timeline .what").all_inner_texts()
    assert {"updated in 12 s", f"Add {NAME}", "created in 42 s"} == set(titles)


def test_more_time(page: Page, socket_address: str, world: World) -> None:
    """`+3d` counts from the deadline, and is one commit by who is signed in."""
    opened(page, socket_address)
    page.get_by_role("button", name="+3 days").click()

    expect(page.get_by_role("status")).to_have_text("Its deadline has moved.")
    assert "expiry: 2026-11-29T21:36:00Z" in world.file(NAME)
    assert f"Extend {NAME}" == world.repo.line[-1].commit.subject


def test_more_time_until_a_day(plain: Page, socket_address: str, world: World) -> None:
    """A date is that day's end."""
    page = opened(plain, socket_address)
    page.get_by_label("Or until the end of").fill("2026-12-24")
    page.get_by_role("button", name="Set").click()

    expect(page.get_by_role("status")).to_have_text("Its deadline has moved.")
    assert "expiry: 2026-12-24" in world.file(NAME) or 'expiry: "2026-12-24"' in world.file(NAME)


def test_too_much_time(plain: Page, socket_address: str, world: World) -> None:
    """Refused with the API's sentence, beside the form; nothing is written."""
    world.repo.land({"helium.yaml": FLEET + b"defaults: {maxLifetime: 3d}\n"})
    before = world.repo.head()
    page = opened(plain, socket_address)
    page.get_by_role("button", name="+7 days").click()

    expect(page.get_by_role("alert")).to_contain_text("beyond the maximum of 3d")
    assert before == world.repo.head()


def test_pressed_twice_is_done_once(plain: Page, socket_address: str, world: World) -> None:
    """The second press is of a spec that is no more, so seven days do not become fourteen."""
    page = opened(plain, socket_address)
    stale = page.context.new_page()
    opened(stale, socket_address)
    page.get_by_role("button", name="+7 days").click()
    expect(page.get_by_role("status")).to_have_text("Its deadline has moved.")
    stale.get_by_role("button", name="+7 days").click()

    expect(stale.get_by_role("alert")).to_contain_text("changed since you read it")
    assert "expiry: 2026-12-03T21:36:00Z" in world.file(NAME)


def test_deleting_wants_the_name(page: Page, socket_address: str, world: World) -> None:
    """Another word deletes nothing; the name does, as one commit."""
    opened(page, socket_address)
    page.get_by_label("Type").fill("caribou")
    if scripts(page):
        expect(page.get_by_role("button", name=f"Delete {NAME}")).to_be_disabled()
    else:
        page.get_by_role("button", name=f"Delete {NAME}").click()
        expect(page.get_by_role("alert")).to_contain_text(f"Type {NAME} to confirm.")
    assert world.file(NAME)
    page.get_by_label("Type").fill(NAME)
    page.get_by_role("button", name=f"Delete {NAME}").click()

    expect(page.get_by_role("status")).to_contain_text("Its file is gone from main")
    assert "" == world.file(NAME)
    assert f"Remove {NAME}" == world.repo.line[-1].commit.subject


def test_what_is_protected_stays(shown: Page, standing: str) -> None:
    """There is no form to delete it; the page says what to do."""
    page = opened(shown, standing, "heron-training")

    expect(page.get_by_text("It is protected, so it cannot be deleted.")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def test_errors_are_shown(shown: Page, standing: str) -> None:
    """A file that a person broke on main: each error with its line."""
    page = opened(shown, standing, "spoilt")

    expect(page.get_by_role("heading", name="Its file on main has errors")).to_be_visible()
    assert 2 == page.locator(".alert li").count()
    expect(page.locator(".alert")).to_contain_text("2.10 without quotes would be read as 2.1")


@pytest.mark.parametrize(("token", "says"), [(BOB, "It belongs to ada@example.com"), (READER, "may only read")])
def test_what_is_anothers_is_only_shown(context: BrowserContext, standing: str, token: str, says: str) -> None:
    """No form for who may not use it; the reason instead."""
    page = opened(admitted(context, standing, token=token), standing)

    expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_role("button", name="+7 days")).to_have_count(0)


def test_its_owner_may(context: BrowserContext, socket_address: str, world: World) -> None:
    """The scope `write` is enough for one's own."""
    page = opened(admitted(context, socket_address, token=ADA), socket_address)
    page.get_by_role("button", name="+1 day").click()

    expect(page.get_by_role("status")).to_have_text("Its deadline has moved.")
    assert "expiry: 2026-11-27T21:36:00Z" in world.file(NAME)


def test_a_name_that_is_gone_has_a_history(plain: Page, socket_address: str, world: World) -> None:
    """And one that never was is a 404 that leads back."""
    world.repo.land({"workspaces/short.yaml": b"{}\n"}, message="Add short")
    world.repo.land({"workspaces/short.yaml": None}, message="Remove short")
    page = opened(plain, socket_address, "short")

    expect(page.get_by_role("heading", name="Gone")).to_be_visible()
    expect(page.get_by_text("Remove short")).to_be_visible()
    opened(page, socket_address, "never-was")
    expect(page.get_by_text("there is no workspace called 'never-was'")).to_be_visible()
    page.get_by_role("link", name="To the fleet").click()
    expect(page.get_by_role("heading", name="Workspaces")).to_be_visible()
