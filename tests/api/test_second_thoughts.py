"""A workspace becomes somebody else's, and a destroyed one is made again: by the API and its pages, with who did it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.log_line import ORDERED, LogLine
from helium.core.record import Phase, Record
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, FLEET, READER, World, client
from tests.builders import NOW, record
from tests.fakes import blob_of
from tests.pages.browsers import deps_of
from tests.pages.reader import Reader

FILE = b"owner: ada@example.com\nexpiry: 2026-11-28\n"


@pytest.fixture
def world() -> World:
    """Ada's workspace, and one of hers that was destroyed. Each may have two."""
    world = World()
    world.repo.land({"helium.yaml": FLEET + b"limits: {perOwner: 2}\n"})
    world.repo.land({"workspaces/a.yaml": FILE, "workspaces/old.yaml": FILE}, author="Ada <ada@example.com>")
    world.repo.land({"workspaces/old.yaml": None})
    known = record("a", seen_blob=blob_of(FILE), spec_blob=blob_of(FILE))
    world.ledger.snapshot = replace(world.ledger.snapshot, records={"a": known})
    world.ledger.lines = [LogLine(NOW, "old", "file-removed", "destroyed", kind="destroy")]
    return world


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where its API is."""
    with in_process(deps_of(world)) as at:
        yield at


def test_its_owner_gives_it_and_the_history_says_who(world: World, address: str) -> None:
    """One small commit; whoever gave it away may not take it back."""
    path = "/workspace/a/owner?to=bob@example.com"
    given, again = client(address, ADA).post(path), client(address, ADA).post("/workspace/a/owner?to=ada@example.com")
    newest = world.repo.line[-1].commit

    assert [200, 403] == [given.status_code, again.status_code]
    assert ("owner: bob@example.com", "Give a to bob@example.com") == (world.file("a").splitlines()[0], newest.subject)
    assert "ada@example.com" in newest.author


@pytest.mark.parametrize(
    ("token", "to", "status", "sentence"),
    [
        (BOB, "bob@example.com", 403, "belongs to ada@example.com"),
        (READER, "bob@example.com", 403, "scope"),
        (ADA, "nobody", 422, "is not an address at which somebody reads mail"),
        (ADA, "ADA@example.com", 409, "belongs to ada@example.com already"),
        (ADA, "full@example.com", 403, "full@example.com has 2 of 2 workspaces"),
    ],
)
def test_it_is_refused(world: World, address: str, token: str, to: str, status: int, sentence: str) -> None:
    """With the reason, and nothing is written."""
    full = b"owner: full@example.com\n"
    world.repo.land({"workspaces/f1.yaml": full, "workspaces/f2.yaml": full})
    head = world.repo.head()
    answer = client(address, token).post(f"/workspace/a/owner?to={to}")

    assert (status, head) == (answer.status_code, world.repo.head()), answer.text
    assert sentence in answer.text


def test_an_admin_gives_what_somebody_left(world: World, address: str) -> None:
    """Without the owner, who is gone. Without an address, the call says what it needs."""
    assert 200 == client(address, ADMIN).post("/workspace/a/owner?to=eve@example.com").status_code
    assert 400 <= client(address, ADMIN).post("/workspace/a/owner").status_code < 500
    assert 404 == client(address, ADMIN).post("/workspace/never/owner?to=eve@example.com").status_code


def test_the_page_gives_it(world: World, address: str) -> None:
    """A wrong address is said at its field; a good one hands it over."""
    page = Reader(address, ADA).open("/workspace/a")
    wrong = page.press("Give", owner="noreply@example.com")
    assert (422, True) == (wrong.status, "is not an address" in wrong.id("give-error").text)
    given = page.press("Give", owner="bob@example.com")

    assert "/workspace/a?done=given" == given.path
    assert "It belongs to somebody else now" in given.root.one(role="status").text
    assert [] == given.root.all("section", has="Give it to somebody else")


def test_what_is_destroyed_is_made_again_only_by_who_was_told(world: World) -> None:
    """The plain call says that the data is gone; the one that asks for an empty one makes it, for its owner."""
    with in_process(deps_of(world)) as address:
        plain = client(address, ADA).post("/workspace/old/restore")
        assert (404, True) == (plain.status_code, "with all its data, and nothing brings that back" in plain.text)
        assert 403 == client(address, BOB).post("/workspace/old/restore?empty=true").status_code
        answer = client(address, ADA).post("/workspace/old/restore?empty=true")

    assert (200, FILE.decode()) == (answer.status_code, world.file("old"))
    assert "Add old again, empty" == world.repo.line[-1].commit.subject


def test_the_page_says_that_it_is_gone_before_the_button(world: World) -> None:
    """And then makes a new, empty one; pressed twice, there is one."""
    with in_process(deps_of(world)) as address:
        page = Reader(address, ADA).open("/workspace/old")
        assert "All its data is gone, and nothing brings that back." in page.root.text
        made = page.press("Make a new, empty one from its spec")
        again = page.press("Make a new, empty one from its spec")

    assert ("/workspace/old?done=requested", 409) == (made.path, again.status)
    assert FILE.decode() == world.file("old")


def test_its_owner_has_it_tried_again(world: World) -> None:
    """By the API or its page; others may not, a second time changes nothing, and no commit of main is made."""
    ago = timedelta(minutes=3)
    failed = record(
        "a", phase=Phase.FAILED, seen_blob=blob_of(FILE), error="no quota", attempts=4, updated_at=NOW - ago
    )
    failed = replace(failed, next_attempt_at=NOW + ago)
    world.ledger.snapshot = replace(world.ledger.snapshot, records={"a": failed})
    head = world.repo.head()
    with in_process(deps_of(world)) as address:
        page = Reader(address, ADA).open("/workspace/a")
        assert [] == Reader(address, BOB).open("/workspace/a").root.all("button", has="Try again now")
        calls = [client(address, token).post("/workspace/a/retry").status_code for token in (BOB, ADA, ADA)]
        pressed = page.press("Try again now")

    known = world.ledger.snapshot.records["a"]
    assert ([403, 202, 200], head) == (calls, world.repo.head())
    assert (None, 4) == (
        isinstance(known, Record) and known.next_attempt_at,
        isinstance(known, Record) and known.attempts,
    )
    assert "The next pass tries it again." in pressed.root.one(role="status").text
    assert [ORDERED] == [line.code for line in world.ledger.lines if line.name == "a"]


def test_what_is_refused_is_said_once_where_it_was_pressed(world: World) -> None:
    """An attempt that failed a moment ago is not made again at once: the sentence stands under the button alone."""
    failed = record("a", phase=Phase.FAILED, seen_blob=blob_of(FILE), error="no quota", attempts=2, updated_at=NOW)
    failed = replace(failed, next_attempt_at=NOW + timedelta(minutes=3))
    world.ledger.snapshot = replace(world.ledger.snapshot, records={"a": failed})
    with in_process(deps_of(world)) as address:
        page = Reader(address, ADA).open("/workspace/a").press("Try again now")

    assert page.root.text.count("failed a moment ago") == 1
    assert "failed a moment ago" in page.root.one("p", role="alert").text
