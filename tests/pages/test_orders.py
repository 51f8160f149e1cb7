"""The button with which an admin lets a held change go: what it asks, who may press it, and that it orders once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, expect

from helium.api.tokens import Scope, Tokens
from helium.core.log_line import LogLine
from helium.core.order import Ended, Order, OrderEnd
from helium.core.plan import Code
from helium.core.record import Phase
from helium.core.spec import REQUESTED
from helium.errors import UnreachableError
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, FLEET, READER, TOKENS, World, served, visitor
from tests.api.test_held import FILE, NAMES, WHY, held_world
from tests.builders import NOW, record
from tests.fakes import FakeOrderBook, blob_of
from tests.pages.browsers import admitted, deps_of, session
from tests.pages.reader import Reader, ReadPage
from tests.pages.test_open_pages import wait_for_another

ASKS = "/workspace/h1/order/release"
BUTTON = "Destroy all 7"
ADMINS = b"admins: [root@example.com, ann@example.com]\n"


@pytest.fixture
def world() -> World:
    """Seven workspaces whose deletion is held, and whose admins are Root and Ann."""
    world = held_world()
    world.repo.land({"helium.yaml": FLEET + ADMINS})
    return world


def orders(world: World) -> list[Order]:
    """What was ordered."""
    return [each for each in world.ledger.snapshot.orders.values() if isinstance(each, Order)]


def sent_by(reader: Reader, **fields: str) -> ReadPage:
    """The form as somebody sends it who was never shown the page, from a session of their own."""
    nonce = reader.open("/").root.all(name="nonce")[0].attributes["value"]
    return reader.send("post", ASKS, {"nonce": nonce, **fields})


def pressed(page: ReadPage, *, typed: str = "h1", why: str = "") -> ReadPage:
    """The button of the page that asks."""
    return page.press(BUTTON, confirm=typed, why=why)


def test_the_page_says_what_holds_it_since_when_and_who_may(world: World, address: str) -> None:
    """To everybody; the button is for those alone whom main names."""
    pages = {token: Reader(address, token).open("/workspace/h1") for token in (ADMIN, ADA, BOB, READER)}
    said = [page.root.one("section", has="A safeguard keeps").text for page in pages.values()]

    assert all(f"since 2026-11-24 11:00:00 UTC: {WHY}" in each for each in said)
    assert ["root@example.com, ann@example.com" in each for each in said] == [False, True, True, True]
    assert [len(page.root.all("a", has=BUTTON)) for page in pages.values()] == [1, 0, 0, 0]


def test_it_asks_once_more_and_shows_all_that_would_go(world: World, address: str) -> None:
    """Each name, whose it is, how old it is and what it has; nothing is written."""
    page = Reader(address).open("/workspace/h1").click(BUTTON)

    assert ([], ASKS) == (orders(world), page.path)
    rows = [row.text for row in page.root.one("tbody").all("tr")]
    assert all(row.startswith(name) for name, row in zip(NAMES, rows, strict=True))
    assert all("ada@example.com" in row and "1d 0h" in row for row in rows)
    assert "Nobody can bring that back" in page.root.text


def test_one_press_is_one_order_of_exactly_that(world: World, address: str) -> None:
    """By whom, and why; the page says so until a pass has carried it out, to everybody."""
    page = pressed(Reader(address).open(ASKS), why="the booth is over")
    (order,) = orders(world)

    assert ("/workspace/h1?done=ordered", "Ordered. The next pass carries it out.") == (page.path, page.id("said").text)
    assert (NAMES, "root@example.com", "admin <root@example.com>") == (order.names, order.by, order.actor)
    line = page.root.one("ul", class_="orders").text
    assert "Destroy all 7, asked for by root@example.com at 2026-11-24 12:00:00 UTC" in line
    assert "“the booth is over”" in line
    assert "The next pass carries it out. It is good until 2026-11-24 14:00 UTC." in line
    assert [] == page.root.all("a", has=BUTTON)
    assert "asked for by root@example.com" in Reader(address, BOB).open("/workspace/h7").root.text


def test_pressed_twice_from_an_old_tab_or_by_two_admins_it_is_one_order(world: World) -> None:
    """Whoever comes second reads what the first one asked for."""
    ann = replace(TOKENS[1], scope=Scope.ADMIN, owner="ann@example.com")
    world.tokens = Tokens(given=(TOKENS[0], ann))
    with in_process(deps_of(world)) as address:
        tabs = [Reader(address, token).open(ASKS) for token in (ADMIN, ADA)]
        pages = [pressed(tab) for tab in (*tabs, tabs[0])]

    assert [200] * 3 == [page.status for page in pages]
    assert "asked for by root@example.com" in pages[1].root.text
    assert 1 == len(orders(world))


@pytest.mark.parametrize("what", ["owner", "phase", "others", "file"])
def test_what_changed_since_it_was_seen_orders_nothing(world: World, address: str, what: str) -> None:
    """Another owner, a destroy that began, another set of names, a file that came back: 412, and the new facts."""
    page = Reader(address).open(ASKS)
    snapshot = world.ledger.snapshot
    known = dict(snapshot.records)
    h7 = known["h7"]
    assert not hasattr(h7, "sentence")
    if what == "owner":
        known["h7"] = replace(h7, owner="eve@example.com")
    elif what == "phase":
        known["h7"] = replace(h7, phase=Phase.DELETING)
    elif what == "others":
        del known["h7"]
    world.ledger.snapshot = replace(snapshot, head="9" * 40, records=known)
    if what == "file":
        world.repo.land({"workspaces/h7.yaml": FILE})
    answer = pressed(page)

    assert (412, []) == (answer.status, orders(world))
    assert "h1 is not as you saw it any more" in answer.id("refused").text


def test_what_is_not_held_any_more_has_nothing_to_order(world: World, address: str) -> None:
    """An old link, a kind that nobody offers, and one that there is not."""
    paths = ("/workspace/h1/order/unlock", "/workspace/other/order/release", "/workspace/h1/order/everything")
    pages = [Reader(address).open(path) for path in paths]

    assert [409] * 3 == [page.status for page in pages]
    assert all("There is nothing to order" in page.id("refused").text for page in pages)
    assert 404 == Reader(address).open("/workspace/never/order/release").status


def test_nobody_else_may(world: World, address: str) -> None:
    """By the page's role, and by admins on main: a sentence, and nothing is ordered."""
    form = Reader(address).open(ASKS)
    seen = form.root.one("form", has=BUTTON).one("input", name="seen").attributes["value"]
    for token in (ADA, BOB, READER):
        reader = Reader(address, token)
        for refused in (reader.open(ASKS), sent_by(reader, seen=seen, confirm="h1")):
            assert (403, []) == (refused.status, orders(world))
            assert "Only an admin may do that. Those may whom" in refused.root.text

    world.repo.land({"helium.yaml": FLEET + b"admins: [ann@example.com]\n"})
    answer = pressed(form)
    assert (403, []) == (answer.status, orders(world))
    assert "You, root@example.com, may not do that. Those may whom" in answer.root.text
    page = Reader(address).open("/workspace/h1")
    assert ([], True) == (page.root.all("a", has=BUTTON), "You, root@example.com, may not" in page.root.text)


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({"Sec-Fetch-Site": "same-origin"}, {"nonce": "guessed"}),
        ({"Origin": "https://evil.example"}, {}),
    ],
)
def test_a_form_of_another_site_orders_nothing(
    world: World, address: str, headers: dict[str, str], fields: dict[str, str]
) -> None:
    """Although it knows what there is to see, and the browser of an admin sends it."""
    begun, cookie = session(ADMIN)
    page = Reader(address).open(ASKS)
    seen = page.root.one("form", has=BUTTON).one("input", name="seen").attributes["value"]
    with visitor(address, headers={**cookie, **headers}) as client:
        sent = {"nonce": begun.nonce, "seen": seen, "confirm": "h1", **fields}
        answer = client.post(ASKS, data=sent)

    assert (403, []) == (answer.status_code, orders(world))


def test_the_role_of_the_page_is_needed_as_well(world: World, address: str) -> None:
    """Whom main names may give orders in a clone; their token may be for less, and whoever has it with it."""
    form = Reader(address).open(ASKS).root.one("form", has=BUTTON)
    world.repo.land({"helium.yaml": FLEET + b"admins: [ada@example.com]\n"})
    seen = form.one("input", name="seen").attributes["value"]
    refused = sent_by(Reader(address, ADA), seen=seen, confirm="h1")

    assert (403, []) == (refused.status, orders(world))


def test_the_name_is_typed_where_data_is_lost(world: World, address: str) -> None:
    """Anything else orders nothing, and what was typed as the reason stays."""
    page = pressed(Reader(address).open(ASKS), typed="h2", why="over")

    assert (422, []) == (page.status, orders(world))
    assert ("Type h1 to confirm.", "over") == (page.id("confirm-error").text, page.id("why").attributes["value"])
    seen = page.root.one("form", has=BUTTON).one("input", name="seen").attributes["value"]
    without = sent_by(Reader(address), seen=seen)
    assert (422, []) == (without.status, orders(world))


def test_a_ledger_that_cannot_be_written_says_so(world: World) -> None:
    """And the form is there again."""
    deps = deps_of(world)
    assert isinstance(deps.orders, FakeOrderBook)
    with in_process(deps) as address:
        page = Reader(address).open(ASKS)
        deps.orders.error = UnreachableError("the remote does not answer")
        answer = pressed(page)

    assert (503, []) == (answer.status, orders(world))
    assert "the remote does not answer" in answer.id("refused").text
    assert answer.root.all("button", has=BUTTON)


def test_what_became_of_it_stands_there(world: World, address: str) -> None:
    """For a day where it came to nothing, with the reason; and it can be ordered again, as another order."""
    pressed(Reader(address).open(ASKS))
    (order,) = orders(world)
    end = OrderEnd(Ended.EXPIRED, "It was good until 14:00, and no pass came to it before.", NOW, "run-1")
    reader = Reader(address)
    before = reader.open("/workspace/h1").version
    world.ledger.snapshot = replace(world.ledger.snapshot, head="8" * 40, orders={order.id: replace(order, ended=end)})
    wait_for_another(reader, "/workspace/h1", [before])
    page = reader.open("/workspace/h1")

    assert "It is expired. It was good until 14:00" in page.root.one("ul", class_="orders").text
    pressed(page.click(BUTTON))
    assert 2 == len(orders(world))


def test_what_has_no_place_is_let_in_by_an_admin(world: World, address: str) -> None:
    """Its page says that there is no room, before any pass has seen it."""
    world.repo.land({"helium.yaml": FLEET + ADMINS + b"limits: {perOwner: 1}\n"})
    world.repo.land({"workspaces/more.yaml": b"owner: bob@example.com\n"}, author="Bob <bob@example.com>")
    page = Reader(address).open("/workspace/more")
    assert "There is no room" in page.root.one("section", has="Waits for an admin").text
    done = page.click("Create more all the same").press("Create more all the same")
    (order,) = orders(world)

    assert (200, "over-quota more") == (done.status, order.what)


@pytest.mark.parametrize(
    ("code", "button"), [(Code.WOULD_REPLACE, "Let lost lose its data"), (Code.BUSY, "Break the lock of lost")]
)
def test_what_failed_offers_what_its_code_asks_for(world: World, code: Code, button: str) -> None:
    """A lock that nobody holds any more, and an update that would lose data."""
    world.repo.land({"workspaces/lost.yaml": FILE}, author="Ada <ada@example.com>")
    blob = blob_of(FILE)
    failed = record("lost", seen_blob=blob, spec_blob=blob, phase=Phase.FAILED, error="Pulumi refused.")
    snapshot = world.ledger.snapshot
    world.ledger.snapshot = replace(snapshot, head="7" * 40, records={**snapshot.records, "lost": failed})
    world.ledger.lines = [LogLine(NOW - timedelta(minutes=2), "lost", code, "It is locked.", origin=REQUESTED)]
    with in_process(deps_of(world)) as address:
        page = Reader(address).open("/workspace/lost")
        asked = page.click(button)

    assert button in asked.root.one("h1").text


@pytest.fixture
def looked_at(world: World) -> Iterator[str]:
    """On a socket."""
    with served(deps_of(world)) as address:
        yield address


@pytest.mark.slow
def test_in_a_browser_with_a_script(world: World, looked_at: str, scripting: BrowserContext) -> None:
    """The button waits for the name; the open page says what was asked for, and then that a pass has begun it."""
    page = admitted(scripting, looked_at)
    page.goto(f"{looked_at}/workspace/h1")
    page.get_by_role("link", name=BUTTON).click()
    expect(page.get_by_role("button", name=BUTTON)).to_be_disabled()
    page.locator("#confirm").fill("h1")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator(".orders")).to_contain_text("The next pass carries it out")
    (order,) = orders(world)
    end = OrderEnd(Ended.REFUSED, "h7 changed.", NOW, "run-1")
    world.ledger.snapshot = replace(world.ledger.snapshot, head="8" * 40, orders={order.id: replace(order, ended=end)})
    expect(page.locator(".orders")).to_contain_text("It is refused. h7 changed.")
