"""An end outside working hours: the page, the API and the forms say when it really comes, and what is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helium.app.expire import removal_of
from helium.core.fleet_record import FleetRecord
from helium.errors import UsageError
from helium.reconcile.expired_files import Expiry
from tests.api.serving import ADA, FLEET, World, client
from tests.builders import record
from tests.fakes import FakeCommitQueue, blob_of
from tests.pages.reader import Reader

HOURS = b"workingHours: {from: '08:00', to: '18:00', zone: Europe/Berlin}\n"
TEAMS = b"teams: {brief: {lifetime: 2h, maxLifetime: 2d}}\n"
FRIDAY = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
FILE = b"owner: ada@example.com\nexpiry: 2026-11-27T21:00:00Z\n"


@pytest.fixture
def world() -> World:
    """Ada has one that a pass knows from before the working hours, and one that no pass has seen."""
    world = World()
    world.repo.land({"helium.yaml": FLEET + HOURS + TEAMS})
    world.repo.land({"workspaces/a.yaml": FILE, "workspaces/new.yaml": FILE}, author="Ada <ada@example.com>")
    seen, blob = world.repo.head(), blob_of(FILE)
    known = record("a", seen_blob=blob, spec_blob=blob, deadline=FRIDAY)
    fleet_record = FleetRecord("acme", marker="created", accepted=seen, seen=seen)
    world.ledger.snapshot = replace(world.ledger.snapshot, records={"a": known}, fleet_record=fleet_record)
    return world


@pytest.mark.parametrize("name", ["a", "new"])
def test_page_and_api_say_when_it_ends_and_what_is_written(address: str, name: str) -> None:
    """Both of what runs and of what is only asked for."""
    shown = client(address, ADA).get(f"/workspace/{name}").json()["Workspace"]
    page = Reader(address, ADA).open(f"/workspace/{name}")

    assert ("2026-11-30T07:00:00Z", "2026-11-27T21:00:00Z") == (shown["Expiry"], shown["MovedFrom"])
    assert "2026-11-30 07:00:00 UTC" in page.root.text
    assert "the next working time after 2026-11-27 21:00:00 UTC" in page.root.text
    assert "5d 19h" in page.root.text


def test_on_saturday_it_has_not_expired(world: World, address: str) -> None:
    """Neither page nor API calls it over before it is."""
    world.now = FRIDAY + timedelta(hours=15)
    caller = client(address, ADA)
    assert "ready" == caller.get("/workspace/a").json()["Workspace"]["Status"]
    world.now = MONDAY

    assert "expired" == caller.get("/workspace/a").json()["Workspace"]["Status"]


def test_more_time_counts_from_the_end_that_people_see(address: str) -> None:
    """Each button says when it would end, and the answer says the same."""
    page = Reader(address, ADA).open("/workspaces/a/extend?by=5d")
    # Monday and five days is a Saturday.
    said = [button.text for button in page.root.all("button", has="more, until")]
    assert ["5d more, until 2026-12-07 07:00 UTC", "1d more, until 2026-12-01 07:00 UTC"] == said[:2]
    answer = client(address, ADA).patch("/workspace/a", json={"expiry": "+5d"}).json()

    assert ("2026-12-07T07:00:00Z", "2026-12-05T07:00:00Z") == (answer["Expiry"], answer["MovedFrom"])


def test_another_field_is_edited_after_the_written_end(world: World, address: str) -> None:
    """It lives, so its description may change; a new end that lies in the past is refused as ever."""
    world.now = FRIDAY + timedelta(hours=15)
    caller = client(address, ADA)
    assert 200 == caller.patch("/workspace/a", json={"description": "A demo"}).status_code
    refused = caller.patch("/workspace/a", json={"expiry": "2026-11-26"})

    assert (422, "has passed" in refused.text) == (refused.status_code, True)


def test_the_form_says_that_ends_move(address: str) -> None:
    """Before anybody asks."""
    page = Reader(address, ADA).open("/new")

    assert "An end outside working hours moves to the beginning of the next ones." in page.root.text


def test_a_team_has_its_own_maximum(world: World, address: str) -> None:
    """At each door: more time for what lies in a stricter team's folder is refused with its number."""
    world.repo.land({"workspaces/brief/b.yaml": b"owner: ada@example.com\n"}, author="Ada <ada@example.com>")
    caller = client(address, ADA)
    assert 200 == caller.patch("/workspace/b", json={"expiry": "+1d"}).status_code
    refused = caller.patch("/workspace/b", json={"expiry": "+7d"})

    assert (422, "beyond the maximum of 2d of the team brief" in refused.text) == (refused.status_code, True)


def test_files_stay_where_the_settings_changed_meanwhile(world: World) -> None:
    """A job found them expired, and a moment later somebody set working hours."""
    due = Expiry("c", {"a": "workspaces/a.yaml"}, {"a": "The deadline passed."})
    view, blobs = FakeCommitQueue(world.repo).view(), {"a": blob_of(FILE)}

    assert ["workspaces/a.yaml"] == [
        each.path for each in removal_of(due, view, blobs=blobs, settings=FLEET + HOURS + TEAMS)
    ]
    with pytest.raises(UsageError, match="so they may live longer"):
        removal_of(due, view, blobs=blobs, settings=FLEET)
