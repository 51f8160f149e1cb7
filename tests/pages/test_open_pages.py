"""A page that stays open shows what is so: whole, without a reload, and without losing what somebody typed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from helium.core.log_line import LogLine
from helium.core.record import Phase, Record
from tests.api.in_process import in_process
from tests.api.serving import ADA, World, client, served, visitor
from tests.builders import NOW, record
from tests.fakes import blob_of
from tests.pages.browsers import admitted, deps_of, sign_in
from tests.pages.fleets import PATHS, PLACE
from tests.pages.reader import Reader

NAME = "caribou-x3k9q2"
OPEN = [path for path in PATHS if path not in ("/nowhere", "/workspace/never-was")]


def remember(world: World, name: str, known: Record | None, *, said: str = "") -> None:
    """What a pass writes: another record, or none any more, and a line of the log."""
    snapshot = world.ledger.snapshot
    records = {**snapshot.records, name: known} if known else {k: v for k, v in snapshot.records.items() if k != name}
    head = f"{int(snapshot.head or '0', 16) + 1:040x}"
    if said:
        world.ledger.lines.append(LogLine(world.now, name, "new-file", said, NOW, "a" * 40))
    world.ledger.snapshot = replace(snapshot, head=head, records=records)


@pytest.mark.parametrize("path", OPEN)
def test_a_page_that_shows_the_newest_is_answered_with_nothing(reader: Reader, path: str) -> None:
    """204 for the version that it carries, the whole page for any other."""
    page = reader.open(path)
    same, other = reader.ask(path, page.version), reader.ask(path, "older")

    assert (204, b"") == (same.status_code, same.content)
    assert (200, True) == (other.status_code, f'data-version="{page.version}"' in other.text)


def test_whatever_is_shown_makes_another_version(world: World, address: str) -> None:
    """State, file, deadline, log, notes about the fleet, and a deadline that passes."""
    page, path = Reader(address), f"/workspace/{NAME}"
    known = world.ledger.snapshot.records[NAME]
    assert isinstance(known, Record)
    versions = [page.open(path).version]
    remember(world, NAME, replace(known, phase=Phase.UPDATING))
    versions.append(wait_for_another(page, path, versions))
    remember(world, NAME, replace(known, outputs={"pachdIp": "203.0.113.9"}), said="updated in 4 s")
    versions.append(wait_for_another(page, path, versions))
    world.repo.land({f"workspaces/{NAME}.yaml": b"expiry: 2026-11-30\nowner: ada@example.com\n"})
    versions.append(wait_for_another(page, path, versions))
    world.now += timedelta(days=6, hours=14)
    versions.append(wait_for_another(page, path, versions))

    assert len(versions) == len(set(versions))


def wait_for_another(reader: Reader, path: str, known: list[str]) -> str:
    """The version once it is a new one: the index looks at the ledger a few times a second."""
    for _ in range(2000):
        answer = reader.ask(path, known[-1])
        if answer.status_code == 200:
            return answer.text.partition('data-version="')[2].partition('"')[0]
    raise AssertionError("the page stays as it is")


def test_a_page_whose_session_is_over_is_told(application: str) -> None:
    """401, and no redirect: a person who reads is not sent away; who goes somewhere is, as before."""
    with visitor(application) as stranger:
        asked = stranger.get(f"/workspace/{NAME}", headers={"Helium-Version": "x"})
        gone = stranger.get(f"/workspace/{NAME}")

    assert (401, 303) == (asked.status_code, gone.status_code)


@pytest.mark.parametrize(
    ("done", "changes", "is_said"),
    [
        ("requested", None, True),
        ("requested", {"phase": Phase.CREATING}, False),
        ("requested", {}, False),
        ("extended", {}, True),
        ("restored", {}, True),
        ("deleted", {}, False),
    ],
)
def test_a_confirmation_is_of_now(done: str, changes: dict[str, object] | None, *, is_said: bool) -> None:
    """Whoever loads the address again reads what is so, and not what was so once."""
    world, data = World(), b"owner: ada@example.com\n"
    world.repo.land({"workspaces/one.yaml": data})
    if changes is not None:
        blob = blob_of(data)
        known = record("one", **{"seen_blob": blob, "spec_blob": blob, **changes})
        world.ledger.snapshot = replace(world.ledger.snapshot, records={"one": known})
    with in_process(deps_of(world)) as address:
        said = Reader(address).open(f"/workspace/one?done={done}").id("said").text

    assert is_said == bool(said)


def test_from_asking_to_gone_without_a_reload(scripting: BrowserContext) -> None:
    """One page, opened by the form: asked for, made, ready with all that leads in, extended by another, gone."""
    world = World()
    with served(deps_of(world)) as address, client(address) as other:
        page = admitted(scripting, address, token=ADA)
        page.goto(f"{address}/new")
        page.get_by_label("Name").fill("watched")
        page.get_by_role("button", name="Ask for it").click()
        expect(page.locator(".title .chip")).to_have_text("Requested")
        expect(page.get_by_role("status")).to_contain_text("the next pass creates the workspace")
        assert page.url == f"{address}/workspace/watched"
        page.evaluate("window.loadedOnce = true")
        page.get_by_label("Type").fill("watch")

        data = world.file("watched").encode()
        made = record("watched", seen_blob=blob_of(data), phase=Phase.CREATING, spec_blob=None)
        remember(world, "watched", made)
        expect(page.locator(".title .chip")).to_have_text("Creating")
        expect(page.get_by_text("the next pass creates")).to_have_count(0)
        expect(page.locator("#pachctl")).to_have_count(0)

        reach = {"placement": PLACE, "outputs": {"pachdIp": "203.0.113.7"}, "spec_blob": blob_of(data)}
        ready = replace(made, phase=Phase.READY, **reach)  # type: ignore[arg-type]
        remember(world, "watched", ready, said="created in 9 s")
        expect(page.locator(".title .chip")).to_have_text("Ready")
        expect(page.locator("#pachctl")).to_contain_text("203.0.113.7")
        expect(page.locator("#console")).to_have_text("https://watched.ws.acme.example")
        expect(page.locator(".timeline")).to_contain_text("created in 9 s")
        expect(page.get_by_label("Type")).to_have_value("watch")  # what was typed meanwhile is there

        extended_and_gone(page, world, ready=ready, other=other)


def extended_and_gone(page: Page, world: World, *, ready: Record, other: httpx.Client) -> None:
    """The second half: what others do to a ready workspace reaches the page that shows it."""
    longer = other.patch("/workspace/watched", json={"expiry": "+2d"}).json()["Expiry"]
    expect(page.locator(f'.facts time[data-at][datetime="{longer}"]')).to_be_visible()
    page.get_by_role("button", name="+1 day").click()  # of the file that the other one wrote
    expect(page.get_by_role("status")).to_have_text("Its deadline has moved.")
    page.evaluate("window.loadedOnce = true")

    assert 202 == other.delete("/workspace/watched").status_code
    expect(page.locator(".title .chip")).to_have_text("Deleting")
    expect(page.get_by_role("button", name="+1 day")).to_have_count(0)
    expect(page.get_by_role("button", name="Restore watched")).to_be_visible()
    remember(world, "watched", replace(ready, phase=Phase.DELETING))
    expect(page.get_by_role("button", name="Restore watched")).to_have_count(0)
    remember(world, "watched", None, said="destroyed in 8 s")
    expect(page.get_by_role("heading", name="Gone")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("destroyed in 8 s")
    assert page.evaluate("window.loadedOnce")


def test_a_form_that_is_open_keeps_what_is_typed_and_where(scripted: Page, socket_address: str, world: World) -> None:
    """The cursor stays in the field, the button stays shut until the name is whole, open parts stay open."""
    scripted.goto(f"{socket_address}/workspace/{NAME}")
    field = scripted.get_by_label("Type")
    field.press_sequentially("cari")
    remember(world, NAME, replace(known_of(world), outputs={"pachdIp": "203.0.113.99"}))
    expect(scripted.locator("#pachctl")).to_contain_text("203.0.113.99")

    expect(field).to_be_focused()
    expect(scripted.get_by_role("button", name=f"Delete {NAME}")).to_be_disabled()
    scripted.keyboard.type(NAME.removeprefix("cari"))
    expect(field).to_have_value(NAME)
    expect(scripted.get_by_role("button", name=f"Delete {NAME}")).to_be_enabled()


def known_of(world: World) -> Record:
    """The record of the workspace that is looked at."""
    known = world.ledger.snapshot.records[NAME]
    assert isinstance(known, Record)
    return known


def test_a_form_for_a_new_one_stays_as_it_is_filled_in(scripted: Page, socket_address: str, world: World) -> None:
    """What is true around it changes; whatever is in the form stays, with what is open of it."""
    scripted.clock.install()
    scripted.goto(f"{socket_address}/new")
    scripted.locator("summary", has_text="Versions").click()
    scripted.get_by_label("pachd", exact=True).fill("2.3.9")
    world.now += timedelta(hours=3)
    scripted.clock.fast_forward(20_000)

    expect(scripted.locator("#notes")).to_contain_text("The last good pass was 3h 4m ago")
    expect(scripted.get_by_label("pachd", exact=True)).to_have_value("2.3.9")
    expect(scripted.get_by_label("pachd", exact=True)).to_be_visible()


@contextmanager
def answered(page: Page, pattern: str, how: object) -> Iterator[None]:
    """While it lasts, what the page asks is answered so: a status, or not at all."""

    def answer(route: Route) -> None:
        if not route.request.headers.get("helium-version"):
            route.continue_()
        elif isinstance(how, int):
            route.fulfill(status=how)
        else:
            route.abort("connectionrefused")

    page.route(pattern, answer)
    yield
    page.unroute(pattern)


@pytest.mark.parametrize("how", [None, 502])
def test_a_server_that_is_away_is_told(scripted: Page, socket_address: str, world: World, how: int | None) -> None:
    """The page says since when it is old, and goes on by itself."""
    scripted.goto(f"{socket_address}/workspace/{NAME}")
    with answered(scripted, "**/workspace/*", how):
        expect(scripted.get_by_role("alert")).to_contain_text(
            "Helium does not answer. This page shows how things stood"
        )
    remember(world, NAME, replace(known_of(world), phase=Phase.UPDATING))

    expect(scripted.locator(".title .chip")).to_have_text("Updating")
    expect(scripted.get_by_role("alert")).to_have_text("")


def test_a_session_that_is_over_is_told(scripted: Page, socket_address: str) -> None:
    """Signed out in another tab: the page says so and stays, with a link to sign in and come back."""
    scripted.goto(f"{socket_address}/workspace/{NAME}")
    other = scripted.context.new_page()
    other.goto(socket_address)
    other.get_by_role("button", name="Sign out").click()
    expect(scripted.get_by_role("alert")).to_contain_text("Your session has ended")

    scripted.get_by_role("link", name="Load it again").click()
    expect(scripted.get_by_label("Token")).to_be_visible()
    assert f"to=%2Fworkspace%2F{NAME}" in scripted.url


def test_a_form_outlives_its_session(scripted: Page, socket_address: str, world: World) -> None:
    """Nothing is sent with a session that is over, so what was typed stays; after a sign-in elsewhere it is sent."""
    scripted.clock.install()
    scripted.goto(f"{socket_address}/new")
    scripted.get_by_label("Name").fill("kept-demo")
    other = scripted.context.new_page()
    other.goto(socket_address)
    other.get_by_role("button", name="Sign out").click()
    other.get_by_label("Token").wait_for()
    scripted.clock.fast_forward(16_000)
    expect(scripted.get_by_role("alert")).to_contain_text("Your session has ended")
    scripted.get_by_role("button", name="Ask for it").click()
    expect(scripted.get_by_role("alert")).to_contain_text("Nothing was sent: your session has ended")
    expect(scripted.get_by_label("Name")).to_have_value("kept-demo")
    assert "" == world.file("kept-demo")

    with scripted.context.expect_page() as opened:
        scripted.get_by_role("link", name="Sign in").click()
    sign_in(opened.value, socket_address)
    scripted.get_by_role("button", name="Ask for it").click()
    scripted.wait_for_url("**/workspace/kept-demo*")
    assert world.file("kept-demo")


@pytest.mark.parametrize("how", [None, 502])
def test_a_form_is_not_sent_into_nothing(scripted: Page, socket_address: str, world: World, how: int | None) -> None:
    """While the server is away, the page stays with what was typed, and says so; then one press sends it once."""
    scripted.clock.install()
    scripted.goto(f"{socket_address}/new")
    scripted.get_by_label("Name").fill("late-demo")
    button = scripted.get_by_role("button", name="Ask for it")
    with answered(scripted, "**/new", how):
        # Longer than a page believes that the server is there: whether it has asked meanwhile makes no difference.
        scripted.clock.fast_forward(26_000)
        button.click()
        expect(scripted.get_by_role("alert")).to_contain_text("Nothing was sent: Helium does not answer")
    expect(scripted.get_by_label("Name")).to_have_value("late-demo")
    button.dblclick()
    scripted.wait_for_url("**/workspace/late-demo*")

    assert ["Add late-demo"] == [each.commit.subject for each in world.repo.line if "late-demo" in each.commit.subject]


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_press_of_a_page_that_slept(scripted: Page, socket_address: str, world: World, *, seconds: int) -> None:
    """A laptop that wakes up asks first, and then sends what its person pressed; others send it at once."""
    scripted.clock.install()
    scripted.goto(f"{socket_address}/workspace/{NAME}")
    scripted.evaluate(f"Date.now = ((real) => () => real() + {seconds} * 1000)(Date.now)")
    scripted.get_by_role("button", name="+7 days").click()

    expect(scripted.get_by_role("status")).to_have_text("Its deadline has moved.")


def test_a_button_acts_on_what_the_person_saw(scripted: Page, socket_address: str, world: World) -> None:
    """What changed since is not taken over on the way: the press is refused, and nothing is written over."""
    scripted.goto(f"{socket_address}/workspace/{NAME}")
    changed = world.file(NAME) + "# changed\n"
    world.repo.land({f"workspaces/{NAME}.yaml": changed.encode()})
    scripted.evaluate("document.querySelector('button[value=\"+7d\"]').click()")

    scripted.wait_for_url("**/extend")
    assert changed == world.file(NAME)


def test_a_proxy_that_answers_instead_is_not_taken_for_helium(scripted: Page, socket_address: str) -> None:
    """A page of somebody else never takes the place of this one."""
    scripted.goto(f"{socket_address}/workspace/{NAME}")
    foreign = {"status": 200, "content_type": "text/html", "body": "<title>Log in</title><h1>Company login</h1>"}
    scripted.route("**/workspace/*", lambda route: route.fulfill(**foreign))

    expect(scripted.get_by_role("alert")).to_contain_text("cannot be kept up to date")
    expect(scripted.get_by_role("heading", level=1)).to_have_text(NAME)
