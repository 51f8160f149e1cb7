"""Quota at the API and in the form: a 403 that says how many, and of two at once one gets the last place."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from helium.core.fleet_record import FleetRecord
from helium.core.quota import QuotaError
from helium.edits import EditContext, creation
from helium.ports.commit_queue import Request
from helium.ports.ledger import Writes
from tests.adapters.commit_queue.remotes import by_path
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, FLEET, READER, World, client
from tests.builders import NOW
from tests.edits.test_edits import ADA as ADA_ASKS
from tests.edits.test_edits import SPECS
from tests.fakes import FakeChangeRequests
from tests.pages.browsers import deps_of
from tests.pages.reader import Reader

QUOTA = b"limits: {perOwner: 2, fleet: 3}\n"


@pytest.fixture
def bounded() -> Iterator[tuple[World, str]]:
    """Two for each, three for all, and Ada has one."""
    world = World()
    world.repo.land({"helium.yaml": FLEET + QUOTA, "workspaces/one.yaml": b"owner: ada@example.com\n"})
    with in_process(deps_of(world)) as address:
        yield world, address


def form(address: str) -> str:
    """What the form says to an admin."""
    return Reader(address).open("/new").root.text


def test_one_too_many_is_a_403(bounded: tuple[World, str]) -> None:
    """It says how many and which; what is there is extended as before, and a place that was given back is free."""
    caller = client(bounded[1], ADA)
    assert 202 == caller.post("/workspace", json={"name": "two"}).status_code
    answer = caller.post("/workspace", json={"name": "three"})

    assert 403 == answer.status_code
    assert (
        "ada@example.com has 2 of 2 workspaces (limits.perOwner in helium.yaml): one, two." in answer.json()["detail"]
    )
    assert 200 == caller.patch("/workspace/two", json={"expiry": "+1d"}).status_code
    assert 202 == caller.delete("/workspace/two").status_code
    assert 202 == caller.post("/workspace", json={"name": "three"}).status_code


def test_how_one_stands_can_be_asked(bounded: tuple[World, str]) -> None:
    """Before anything is refused; a fleet without a quota says nothing."""
    world, address = bounded
    said = client(address, ADA).get("/quota").json()

    assert "ada@example.com" == said["Owner"]
    assert [("owner", 1, 2), ("fleet", 1, 3)] == [(each["Of"], each["Used"], each["Most"]) for each in said["Quotas"]]
    assert [0, 1] == [each["Used"] for each in client(address, READER).get("/quota").json()["Quotas"]]
    world.repo.land({"helium.yaml": FLEET})
    assert [] == client(address, ADA).get("/quota").json()["Quotas"]


def test_the_form_says_it_before(bounded: tuple[World, str]) -> None:
    """How many of how many; and when there is no place any more, which they are."""
    world, address = bounded
    assert "You have 0 of 2 workspaces." in form(address)
    assert "The fleet has 1 of 3 workspaces." in form(address)
    world.repo.land({f"workspaces/r{each}.yaml": b"owner: root@example.com\n" for each in (1, 2)})
    assert "root@example.com has 2 of 2 workspaces" in form(address)


def test_the_form_is_refused_with_the_same_words(bounded: tuple[World, str]) -> None:
    """Above the fields, once, since no field is wrong; what was filled in is still there."""
    world, address = bounded
    page = Reader(address).open("/new")
    world.repo.land({f"workspaces/r{each}.yaml": b"owner: root@example.com\n" for each in (1, 2)})
    refused = page.press("Ask for it", name="more", description="For a demo")

    assert 403 == refused.status
    (alert,) = refused.root.all("div", role="alert")
    assert 1 == alert.text.count("root@example.com has 2 of 2 workspaces")
    assert "more" == refused.labelled("Name").attributes["value"]


def test_requests_in_pull_requests_count() -> None:
    """They are not on main yet, and the third is refused all the same."""
    world = World()
    world.repo.land({"helium.yaml": FLEET + QUOTA + b"write: pull-request\n"})
    world.ledger.write(Writes(fleet_record=FleetRecord("acme")), on=world.ledger.read())
    requests = FakeChangeRequests(world.ledger, world.commit_queue, lambda: world.now)
    with in_process(replace(deps_of(world), change_requests=requests)) as address:
        answers = [client(address, ADA).post("/workspace", json={"name": name}) for name in ("a", "b", "c")]
        of_bob = client(address, BOB).post("/workspace", json={"name": "d"})
        of_root = client(address, ADMIN).post("/workspace", json={"name": "e"})

    assert [202, 202, 403] == [each.status_code for each in answers]
    assert (202, 403) == (of_bob.status_code, of_root.status_code)
    assert "The fleet has 3 of 3 workspaces" in of_root.json()["detail"]


def test_many_at_once_get_no_more_than_there_are(tmp_path: Path) -> None:
    """Real threads at the real commit queue, before a real remote, from two processes' clones."""
    settings = b"fleet: acme\nbackends:\n  gcp-namespace: {}\nlimits: {perOwner: 5}\n"
    with by_path(tmp_path) as place:
        place.land({"helium.yaml": settings})
        queues = (place.commit_queue, place.another())
        context = EditContext(SPECS, ADA_ASKS, NOW)

        def ask(each: int) -> bool:
            edit = creation(f"w{each}", {}, context=context)
            try:
                queues[each % 2].submit(Request(f"id-{each}", "Ada <ada@example.com>", f"Add w{each}", edit))
            except QuotaError:
                return False
            return True

        with ThreadPoolExecutor(40) as pool:
            given = list(pool.map(ask, range(40)))
        files = place.files()

    assert 5 == sum(given)
    assert {f"workspaces/w{each}.yaml" for each, got in enumerate(given) if got} == files.keys() - {"helium.yaml"}
