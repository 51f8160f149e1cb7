"""A workspace that waits to be destroyed, and the page to which a warning leads: what they say, and what they do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine
from helium.core.notify_settings import NotifySettings
from helium.core.record import Phase
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, FLEET, READER, World, client
from tests.builders import NOW, record
from tests.fakes import blob_of
from tests.pages.browsers import deps_of
from tests.pages.reader import Reader, ReadPage

SOON = NOW + timedelta(hours=5)
FILE = f"owner: ada@example.com\nexpiry: {SOON:%Y-%m-%dT%H:%M:%SZ}\n".encode()
WARNED = NotifySettings().more_time_for("a", "7d", ends=SOON)


@pytest.fixture
def world() -> World:
    """Ada's workspace ends in five hours, another one was removed half an hour ago; the grace is an hour."""
    world = World()
    world.repo.land({"helium.yaml": FLEET + b"limits: {grace: 1h}\n"})
    world.repo.land({"workspaces/a.yaml": FILE, "workspaces/r.yaml": FILE}, author="Ada <ada@example.com>")
    seen = world.repo.head()
    world.repo.land({"workspaces/r.yaml": None}, message="Remove r")
    blob = blob_of(FILE)
    plain = record("a", seen_blob=blob, spec_blob=blob, deadline=SOON)
    gone = record("r", seen_blob=blob, spec_blob=blob, deadline=SOON, due=NOW - timedelta(minutes=30))
    fleet_record = FleetRecord("acme", marker="created", accepted=seen, seen=seen)
    world.ledger.snapshot = replace(world.ledger.snapshot, records={"a": plain, "r": gone}, fleet_record=fleet_record)
    return world


def pressed(page: ReadPage, button: str) -> ReadPage:
    """What comes of a button."""
    return page.press(button)


def test_a_removed_workspace_counts_down_and_comes_back(world: World, address: str) -> None:
    """The page says until when, in words that need no script, and one button brings the very file back."""
    page = Reader(address, ADA).open("/workspace/r")
    assert "You can undo this for 30m" in page.root.text
    assert "by the first pass after 2026-11-24 12:30 UTC" in page.root.text
    back = page.press("Undo: keep r")

    assert ("/workspace/r?done=restored", FILE.decode()) == (back.path, world.file("r"))
    assert [] == back.root.all("button", has="Undo")


def test_put_back_after_its_deadline_it_needs_more_time(world: World) -> None:
    """The page does not say that it stays, but what is still to be done."""
    world.now = SOON + timedelta(minutes=20)
    snapshot = world.ledger.snapshot
    gone = record("r", seen_blob=blob_of(FILE), deadline=SOON, due=SOON - timedelta(minutes=10))
    # Before the application begins: it reads the ledger every few seconds, and not for each page.
    world.ledger.snapshot = replace(snapshot, head="5" * 40, records={**snapshot.records, "r": gone})
    with in_process(deps_of(world)) as address:
        back = Reader(address, ADA).open("/workspace/r").press("Undo: keep r")

    assert "give it more time here, or it is destroyed" in back.root.one(role="status").text
    assert "Its time is over" in back.root.one("section", has="More time").text


def test_others_see_when_it_goes_and_have_no_button(world: World, address: str) -> None:
    """Whoever may not change it reads whom to ask."""
    page = Reader(address, BOB).open("/workspace/r")

    assert ([], True) == (page.root.all("button", has="Undo"), "You can undo this for 30m" in page.root.text)
    assert "ada@example.com can put its file back" in page.root.text


def test_deleting_says_that_it_can_be_undone(world: World, address: str) -> None:
    """Before the button is pressed, and after it."""
    page = Reader(address, ADA).open("/workspace/a")
    assert "It waits for 1h first: until then, you can undo this here." in page.root.text
    gone = page.press("Delete a", confirm="a")

    assert "Until its grace is over, you can take that back here." in gone.root.one(role="status").text
    assert "You can undo this for 1h 0m" in gone.root.text


def test_the_api_says_until_when(world: World, address: str) -> None:
    """In a read, and in the answer of a removal."""
    caller = client(address, ADA)

    assert "2026-11-24T12:30:00Z" == caller.get("/workspace/r").json()["Workspace"]["UndoUntil"]
    assert "" == caller.get("/workspace/a").json()["Workspace"]["UndoUntil"]
    assert "2026-11-24T13:00:00Z" == caller.delete("/workspace/a").json()["UndoUntil"]


def test_after_its_deadline_an_extension_keeps_it(world: World, address: str) -> None:
    """The grace of a deadline: the form for more time says what happens without it."""
    world.now = SOON + timedelta(minutes=20)
    page = Reader(address, ADA).open("/workspace/a")
    assert "Its time is over" in page.root.one("section", has="More time").text
    assert "You can undo this for 40m" in page.root.text
    page.press("+7 days")

    assert "expiry: 2026-12-01T17:00:00Z" in world.file("a")


def test_the_link_of_a_warning_asks_and_changes_nothing(world: World, address: str) -> None:
    """However often it is opened, and by whom: only the button writes, one commit with the person's name."""
    head = world.repo.head()
    pages = [Reader(address, token).open(WARNED) for token in (ADA, ADA, BOB, READER, ADMIN)]
    assert ([200] * 5, head) == ([page.status for page in pages], world.repo.head())
    assert "It ends in 5h 0m, at 2026-11-24 17:00 UTC" in pages[0].root.text
    assert 3 == len(pages[0].root.all("button", has="more, until"))
    done = pages[0].press("7d more, until 2026-12-01 17:00 UTC")
    newest = world.repo.line[-1].commit

    assert ("/workspace/a?done=extended", "Extend a") == (done.path, newest.subject)
    assert "ada@example.com" in newest.author


def test_used_twice_it_says_that_the_deadline_has_moved(world: World, address: str) -> None:
    """An old tab writes nothing over what was written since; the link, opened again, tells both deadlines."""
    reader = Reader(address, ADA)
    first, second = reader.open(WARNED), reader.open(WARNED)
    first.press("7d more")
    head = world.repo.head()
    again = second.press("7d more")
    assert (412, head) == (again.status, world.repo.head())
    told = reader.open(WARNED).id("moved").text

    assert "moved from 2026-11-24T17:00:00Z to 2026-12-01T17:00:00Z: perhaps you pressed this already" in told


@pytest.mark.parametrize(
    ("token", "sentence"), [(BOB, "belongs to ada@example.com"), (READER, "Your token may only read")]
)
def test_another_person_reads_why_not(world: World, address: str, token: str, sentence: str) -> None:
    """A link carries no right; a form that is sent all the same is refused."""
    page = Reader(address, token).open(WARNED)

    assert (True, []) == (sentence in page.id("refused").text, page.root.all("button", has="more, until"))


def test_after_it_was_destroyed_it_says_so(world: World) -> None:
    """With its file still there, or with nothing but its history; what never was is said as well."""
    gone = record("a", seen_blob=blob_of(FILE), phase=Phase.GONE, emptied=NOW, deadline=NOW)
    world.ledger.snapshot = replace(world.ledger.snapshot, head="1" * 40, records={"a": gone})
    line = LogLine(NOW, "old", "expired", "destroyed", kind="destroy")
    world.ledger.lines = [line]
    with in_process(deps_of(world)) as at:
        reader = Reader(at, ADA)
        said = {name: reader.open(f"/workspaces/{name}/extend").id("refused").text for name in ("a", "old", "never")}

    destroyed = [name for name, each in said.items() if "was destroyed at 2026-11-24T12:00:00Z with all its" in each]
    assert (["a", "old"], True) == (destroyed, "never" in said["never"])


def test_a_removed_one_leads_to_its_page(world: World, address: str) -> None:
    """More time is not what it needs."""
    page = Reader(address, ADA).open("/workspaces/r/extend")

    assert "To keep it, put the file back" in page.id("refused").text
    assert "/workspace/r" == page.root.one("p", class_="crumb").one("a").attributes["href"]


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ("soon", "which is not a length like 7d"),
        ("99999w", "is beyond the maximum of 90d"),
        ("<script>", "which is not a length like 7d"),
        ("0d", "which is not a length like 7d"),
    ],
)
def test_a_wrong_length_in_the_link_is_said(world: World, address: str, by: str, sentence: str) -> None:
    """And the usual ones are offered."""
    page = Reader(address, ADA).open(f"/workspaces/a/extend?by={by}&ends=yesterday")

    assert (200, True) == (page.status, "7d more" in page.root.text)
    if "beyond" not in sentence:
        assert sentence in page.id("refused").text
