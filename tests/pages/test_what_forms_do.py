"""What each form does when it is sent, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helium.core.fleet_record import Pause
from helium.errors import UnreachableError
from tests.api.serving import ADA, BOB, FLEET, READER, World, visitor
from tests.builders import NOW
from tests.pages.browsers import session
from tests.pages.reader import Reader, ReadPage
from tests.pages.test_workspace import NAME

MOVED = "Its deadline has moved."


@pytest.fixture
def reader(address: str) -> Reader:
    """An admin before a fleet of this test alone."""
    return Reader(address)


def test_asking(reader: Reader, world: World) -> None:
    """One commit with what was filled in, and on to the workspace's page."""
    page = reader.open("/new").press(
        "Ask for it",
        name="northwind-demo",
        expiry="+7d",
        description="Demo for Northwind: round two",
        pachdVersion="2.10",
        disableNotebooks="true",
        labels="team: field\nquarter: q4",
        valuesYaml="pachd:\n  logLevel: debug",
        notebooksValuesYaml="singleuser:\n  memory:\n    limit: 4G",
    )

    assert page.path.startswith("/workspace/northwind-demo")
    assert page.root.one(role="status").text.startswith("Requested.")
    written = world.file("northwind-demo").replace("'", '"')
    assert "expiry: 2026-12-01T12:00:00Z" in written.replace('"', "")
    parts = (
        'pachdVersion: "2.10"',
        "disableNotebooks: true",
        "owner: root@example.com",
        "logLevel: debug",
        "limit: 4G",
    )
    assert [] == [part for part in (*parts, "team: field") if part not in written]


def test_asking_for_nothing_in_particular(reader: Reader) -> None:
    """Everything is optional: it gets a name, and the defaults."""
    page = reader.open("/new").press("Ask for it")

    assert re.fullmatch(r"/workspace/[a-z]+-[a-z0-9]{6}\?done=requested", page.path)


def test_what_is_wrong_is_said_beside_the_field(reader: Reader, world: World) -> None:
    """Every error at once, at its field, and in one list that leads there; what was typed stays."""
    before = world.repo.head()
    sent = {
        "name": "My Demo",
        "expiry": "next week",
        "helmVersion": "not a version",
        "labels": "kubernetes.io/team: field",
        "valuesYaml": "pachd: [",
    }
    page = reader.open("/new").press("Ask for it", **sent)

    assert "is not a date" in page.id("expiry-error").text
    assert "version" in page.id("helmVersion-error").text
    assert page.id("labels-error").text
    until = page.labelled("Until").attributes
    assert ("next week", "true") == (until["value"], until["aria-invalid"])
    assert {f"#{key}" for key in sent} == {each.attributes["href"] for each in page.root.one(role="alert").all("a")}
    assert before == world.repo.head()


def test_a_name_that_is_taken_hides_no_other_error(reader: Reader) -> None:
    """Each at its field, at once."""
    page = reader.open("/new").press("Ask for it", name=NAME, expiry="2 days", labels="team: [")

    assert "already exists" in page.id("name-error").text
    assert "write 2026-12-01, 2026-12-01T18:00:00Z or +3d" in page.id("expiry-error").text
    assert page.id("labels-error").text


@pytest.mark.parametrize("length", ["3d", "+3d"])
def test_a_length_is_one_with_and_without_its_plus(reader: Reader, world: World, length: str) -> None:
    """In the form; the API and the command line come through the same edit."""
    assert 200 == reader.open("/new").press("Ask for it", name="three-days", expiry=length).status
    assert "2026-11-27T12:00:00Z" in world.file("three-days")


def test_the_last_day_that_the_page_names_is_taken(reader: Reader, world: World) -> None:
    """And the day after it is refused with that very day."""
    page = reader.open(f"/workspace/{NAME}")
    latest = page.id("until").attributes["max"]
    after = f"{datetime.fromisoformat(latest) + timedelta(days=1):%Y-%m-%d}"
    refused = page.press("Set", expiry=after)

    assert f"write {latest} or earlier" in refused.root.one("p", role="alert").text
    assert MOVED == refused.press("Set", expiry=latest).root.one(role="status").text


@pytest.mark.parametrize(
    ("sent", "at", "says"),
    [
        ({"valuesYaml": "pachd:\n  enabled: on\n"}, "valuesYaml-error", "line 2"),
        ({"notebooksValuesYaml": "hub:\n  db: on\n"}, "notebooksValuesYaml-error", "line 2"),
        ({"notebooksValuesYaml": "hub:\n  config: {a: 1}\n"}, "notebooksValuesYaml-error", "lock"),
        ({"name": "otter-demo"}, "name-error", "otter-demo"),
        ({"name": "google-demo"}, "name-error", "choose another name"),
        ({"name": "kube-demo"}, "name-error", "choose another name"),
        ({"name": "x" * 63}, "name-error", "choose another name"),
    ],
)
def test_an_error_is_at_its_field(reader: Reader, sent: dict[str, str], at: str, says: str) -> None:
    """Values are read as strictly as a file; a name that is taken, or that no file may have, is said at the name."""
    assert says in reader.open("/new").press("Ask for it", **sent).id(at).text


@pytest.mark.parametrize(
    ("button", "fields", "expiry"),
    [
        ("+3 days", {}, "2026-11-29T21:36:00Z"),
        ("+7 days", {}, "2026-12-03T21:36:00Z"),
        ("Set", {"expiry": "2026-12-24"}, "2026-12-24"),
    ],
)
def test_more_time(reader: Reader, world: World, button: str, fields: dict[str, str], expiry: str) -> None:
    """`+3d` counts from the deadline, a date is that day's end; it is one commit."""
    page = reader.open(f"/workspace/{NAME}").press(button, **fields)

    assert MOVED == page.root.one(role="status").text
    assert f"expiry: {expiry}\n" in world.file(NAME).replace('"', "")
    assert f"Extend {NAME}" == world.repo.line[-1].commit.subject


def test_its_owner_may(address: str, world: World) -> None:
    """The scope `write` is enough for one's own."""
    page = Reader(address, ADA).open(f"/workspace/{NAME}").press("+1 day")

    assert MOVED == page.root.one(role="status").text
    assert "expiry: 2026-11-27T21:36:00Z" in world.file(NAME)


def test_too_much_time(reader: Reader, world: World) -> None:
    """Refused with the API's sentence, beside the form; nothing is written."""
    world.repo.land({"helium.yaml": FLEET + b"defaults: {maxLifetime: 3d}\n"})
    before = world.repo.head()
    page = reader.open(f"/workspace/{NAME}").press("+7 days")

    assert "3d" in page.root.one(role="alert").text
    assert before == world.repo.head()


def test_pressed_twice_is_done_once(reader: Reader, world: World) -> None:
    """The second press is of a spec that has changed, so seven days do not become fourteen."""
    page = reader.open(f"/workspace/{NAME}")

    assert MOVED == page.press("+7 days").root.one(role="status").text
    assert page.press("+7 days").root.one(role="alert").text
    assert "expiry: 2026-12-03T21:36:00Z" in world.file(NAME)


def again(page: ReadPage, path: str, **fields: str) -> ReadPage:
    """A form of another tab, or of this page as it was: it is sent though this page does not show it any more."""
    nonce = page.root.all(name="nonce")[0].attributes["value"]
    return page.reader.send("post", path, {**fields, "nonce": nonce})


def test_what_is_refused_is_said_though_its_form_is_gone(reader: Reader, world: World) -> None:
    """A second press, or another tab: the sentence stands on the page, also where no form is left for it."""
    at = f"/workspace/{NAME}"
    living = again(reader.open(at), f"{at}/restore")
    assert (409, True) == (living.status, "There is nothing to restore" in living.id("refused").text)

    deleted = reader.open(at).press(f"Delete {NAME}", confirm=NAME)
    late = again(deleted, f"{at}/extend", expiry="+1d")
    assert late.status >= 400
    assert NAME in late.id("refused").text
    assert "" == world.file(NAME)


def test_a_remote_that_is_away_says_what_to_do(reader: Reader, world: World) -> None:
    """At each form: git's own words end with what is wrong."""
    world.commit_queue.error = UnreachableError("git fetch failed: Could not read from remote repository.")
    pages = (
        reader.open(f"/workspace/{NAME}").press("+7 days"),
        reader.open(f"/workspace/{NAME}").press(f"Delete {NAME}", confirm=NAME),
        reader.open("/new").press("Ask for it"),
    )

    assert [503] * 3 == [page.status for page in pages]
    assert all("Try again in a moment" in page.root.one(role="alert").text for page in pages)


def test_what_is_anothers_is_refused_in_words(application: str) -> None:
    """A form that somebody made up, or that was theirs until the owner changed."""
    page = Reader(application, BOB).open(f"/workspace/{NAME}")
    refused = again(page, f"/workspace/{NAME}/extend", expiry="+1d")

    assert (403, True) == (refused.status, "ada@example.com" in refused.id("refused").text)


def test_what_is_gone_says_what_to_do(reader: Reader, world: World) -> None:
    """Somebody extends what went meanwhile; what to do next is one click, with the name filled in."""
    world.repo.land({"workspaces/short.yaml": b"{}\n"}, message="Add short")
    world.repo.land({"workspaces/short.yaml": None}, message="Remove short")
    gone = again(reader.open("/workspace/short"), "/workspace/short/extend", expiry="+1d")

    assert 404 == gone.status
    assert "short" in gone.id("refused").text
    assert "short" == gone.click("Ask for a new, empty one").labelled("Name").attributes["value"]


def test_deleting_wants_the_name(reader: Reader, world: World) -> None:
    """Another word deletes nothing; the name does, as one commit."""
    page = reader.open(f"/workspace/{NAME}").press(f"Delete {NAME}", confirm="caribou")
    assert NAME in page.root.one(role="alert").text
    assert world.file(NAME)

    assert page.press(f"Delete {NAME}", confirm=NAME).root.one(role="status").text
    assert "" == world.file(NAME)
    assert f"Remove {NAME}" == world.repo.line[-1].commit.subject


@pytest.mark.parametrize(("length", "ends"), [("", None), ("4h", NOW + timedelta(hours=4))])
def test_pausing_and_going_on(reader: Reader, world: World, length: str, ends: datetime | None) -> None:
    """A write of the ledger, by name and with a reason; every page then says so."""
    page = reader.open("/next").press("Pause the fleet", why="moving the cluster", **{"for": length})

    assert "moving the cluster" in page.root.one(role="region", class_="notes").text
    paused = world.ledger.snapshot.fleet_record
    assert paused
    assert Pause("admin <root@example.com>", "moving the cluster", NOW, ends) == paused.pause
    assert "" == page.press("Resume").labelled("Why").attributes["value"]
    after = world.ledger.snapshot.fleet_record
    assert after
    assert after.pause is None


@pytest.mark.parametrize(
    ("token", "path", "sent"),
    [(READER, "/new", {}), (ADA, "/pause", {"why": "mischief"}), (ADA, "/resume", {})],
)
def test_a_form_that_is_not_offered_is_refused(
    application: str, still: World, token: str, path: str, sent: dict[str, str]
) -> None:
    """Who makes it up all the same changes nothing."""
    before, (known, cookie) = (still.repo.head(), len(still.ledger.writes)), session(token)
    headers = {**cookie, "Sec-Fetch-Site": "same-origin"}
    answer = visitor(application).post(path, data={**sent, "nonce": known.nonce}, headers=headers)

    assert 403 == answer.status_code
    assert before == (still.repo.head(), len(still.ledger.writes))


def test_no_pause_before_the_first_pass(reader: Reader, world: World) -> None:
    """There is no ledger to write it to; the form says so, and keeps what was typed."""
    world.ledger.snapshot = replace(world.ledger.snapshot, head="4" * 40, fleet_record=None)
    page = reader.open("/next").press("Pause the fleet", why="moving the cluster")

    assert "There is no ledger yet" in page.root.one(role="alert").text
    assert "moving the cluster" == page.labelled("Why").attributes["value"]
