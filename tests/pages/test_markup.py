from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from helium.core.fleet_record import LastPass, Pause
from helium.core.health import ClusterWarning, WorkspaceHealth
from helium.core.log_line import LogLine
from tests.api.serving import World, served, visitor
from tests.builders import NOW, fleet_record
from tests.pages.browsers import admitted, deps_of, sign_in
from tests.pages.fleets import PLACE, add

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><b>{{ 8111 * 8117 }}"
EVALUATED = "65836987"
"""What a template would make of it: long enough that no digest or clock on a page spells it by chance."""
OUTPUTS = {"pachdIp": "203.0.113.7'; rm -rf ~; echo '", "bucket": "b'; rm -rf ~; \"$(reboot)`"}


def spoilt() -> World:
    """A fleet in which everything that somebody may write is markup or a shell's command."""
    world = World()
    text = f"owner: ada@example.com\ndescription: {MARKUP!r}\n"
    placement = {**PLACE, "zone": "us'; reboot; '", "domain": "x.example/<b>", "project": "$(reboot)"}
    world.repo.land({"workspaces/odd.yaml": f'description: ["{MARKUP}"]\n'.encode()}, author=f"{MARKUP} <a@b.example>")
    seen = WorkspaceHealth(NOW, {MARKUP: 2}, 0, 1, (MARKUP,), (ClusterWarning(NOW, MARKUP),))
    known = {"outputs": OUTPUTS, "placement": placement, "health": seen}
    add(world, "evil", text=text, owner=MARKUP, reason=MARKUP, error=MARKUP, **known)
    pause, last = Pause(MARKUP, MARKUP, NOW), LastPass(NOW, MARKUP, 1.0, {}, MARKUP, "javascript:alert(3)")
    fleets = replace(fleet_record(), pause=pause, last_pass=last)
    world.ledger.snapshot = replace(world.ledger.snapshot, head="1" * 40, fleet_record=fleets)
    world.ledger.lines = [LogLine(NOW, "evil", MARKUP, MARKUP, by=MARKUP, run="javascript:alert(4)", commit=MARKUP)]
    return world


@pytest.fixture(scope="module")
def written() -> Iterator[str]:
    """Where the pages of that fleet are, which nothing here changes."""
    with served(deps_of(spoilt())) as at:
        yield at


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Nobody has signed in."""
    with chromium.new_page() as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/workspace/evil", "/workspace/odd", "/next", f"/?q={MARKUP}&owner={MARKUP}"])
def test_what_people_write_is_text(scripting: BrowserContext, written: str, path: str) -> None:
    """Never markup, wherever it is shown; no script of it runs, and nothing is fetched for it."""
    dialogs: list[str] = []
    complaints: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page = admitted(scripting, written)
    page.on("dialog", dismissed)
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    page.goto(written + path)
    page.wait_for_timeout(200)

    assert [] == dialogs
    assert [] == [said for said in complaints if said.startswith("error")]
    assert 0 == page.locator("img, main b, [onerror]").count()
    assert 0 == page.locator("a[href^=javascript]").count()
    assert EVALUATED not in page.locator("main").inner_text()


def test_nothing_that_a_cloud_answered_reaches_a_shell(context: BrowserContext, written: str) -> None:
    """A string with a part that is not what it should be is not offered at all."""
    page = admitted(context, written)
    page.goto(f"{written}/workspace/evil")

    for id in ("pachctl", "k8s", "console", "notebooks"):
        expect(page.locator(f"#{id}")).to_have_count(0)
    expect(page.get_by_role("definition").filter(has_text="not known yet").first).to_be_visible()


def test_a_form_on_another_site_does_nothing(page: Page) -> None:
    """A browser that is signed in here, sent there, posts here: 403, and nothing is written."""
    world = World()
    with served(deps_of(world)) as address:
        sign_in(page, address)
        before = world.repo.head()
        form = f'<form method="post" action="{address}/new"><input name="name" value="from-evil"><button>Go</button>'
        page.route("http://evil.example/**", lambda route: route.fulfill(body=form, content_type="text/html"))
        page.goto("http://evil.example/")
        with page.expect_response(f"{address}/new") as answer:
            page.get_by_role("button", name="Go").click()

        assert 403 == answer.value.status
        assert before == world.repo.head()


def test_a_link_on_another_site_leads_in(page: Page, standing: str) -> None:
    """Who is signed in stays so, and arrives, although the browser kept the cookie back at first."""
    sign_in(page, standing)
    link = f'<a href="{standing}/workspace/otter-demo">Your workspace</a>'
    page.route("http://evil.example/**", lambda route: route.fulfill(body=link, content_type="text/html"))
    page.goto("http://evil.example/")
    page.get_by_role("link", name="Your workspace").click()

    expect(page.get_by_role("heading", name="otter-demo")).to_be_visible()
    page.goto("http://evil.example/")
    page.evaluate(f"document.querySelector('a').href = '{standing}/sign-in'")
    page.get_by_role("link", name="Your workspace").click()
    expect(page.get_by_role("heading", name="Workspaces")).to_be_visible()


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/pause", 405)])
def test_a_path_that_nobody_serves_is_a_page_for_a_browser(
    application: str, method: str, path: str, status: int
) -> None:
    """In the frame of all pages, with a way back; who asks for no page, or asks the API, gets a problem as ever."""
    client = visitor(application)
    page = client.request(method, path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (status, True, True) == (page.status_code, "To the fleet" in page.text, "helium.css" in page.text)
    assert "text/html; charset=utf-8" == page.headers["Content-Type"]
    plain = client.request(method, path)
    assert (status, status) == (plain.status_code, plain.json()["status"])
    api = client.get("/v1/api/nope", headers={"Accept": "text/html"})
    assert (404, "application/problem+json") == (api.status_code, api.headers["Content-Type"])
