"""A workspace whose file is gone and whose deletion is held, or not begun: what each call says, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine
from helium.core.record import Held, Phase
from helium.core.spec import Removal
from helium.reconcile.guard import deletes_digest
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, READER, World, client
from tests.builders import ADDED_AT, NOW, record
from tests.fakes import blob_of
from tests.pages.browsers import deps_of
from tests.pages.reader import Reader

NAMES = tuple(f"h{number}" for number in range(1, 8))
LONGER = b"owner: ada@example.com\nexpiry: 2026-12-20\n"
FILE = b"# the file of ada\nexpiry: 2026-11-28\nowner: ada@example.com\n"
WHY = "This would delete 7 workspaces in 24 hours that neither expired nor were requested. The limit is 5."


def held_world() -> World:
    """Seven workspaces of Ada, whose files one push removed; the limit holds their deletion."""
    world = World()
    paths = {name: f"workspaces/{'team/' if name == 'h2' else ''}{name}.yaml" for name in NAMES}
    world.repo.land(dict.fromkeys(paths.values(), FILE), author="Ada <ada@example.com>")
    world.repo.land({"workspaces/other.yaml": b"owner: bob@example.com\n"}, author="Bob <bob@example.com>")
    seen = world.repo.head()
    world.repo.land(dict.fromkeys(paths.values()), message="clean up")
    held = Held(NOW - timedelta(hours=1), WHY)
    blob = blob_of(FILE)
    records = {name: record(name, seen_blob=blob, spec_blob=blob, held=held) for name in NAMES}
    fleet_record = FleetRecord("acme", marker="created", accepted=seen, seen=seen)
    world.ledger.snapshot = replace(world.ledger.snapshot, records=records, fleet_record=fleet_record)
    return world


@pytest.fixture
def world() -> World:
    """Such a fleet for one test."""
    return held_world()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where its API is."""
    with in_process(deps_of(world)) as at:
        yield at


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/workspace/h1", None),
        ("PATCH", "/workspace/h1", {"expiry": "+1d"}),
        ("POST", "/workspace", {"name": "h1"}),
        ("POST", "/workspace?update=true", {"name": "h1"}),
    ],
)
def test_each_call_says_what_holds_it_and_what_to_do(
    world: World, address: str, method: str, path: str, body: dict[str, str] | None
) -> None:
    """The sentence of the safeguard, how to keep the workspace, and the very command that lets the deletion go."""
    head = world.repo.head()
    answer = client(address, ADA).request(method, path, json=body)

    said = answer.json()["detail"]
    assert (409, head) == (answer.status_code, world.repo.head())
    assert WHY in said
    assert "POST /v1/api/workspace/h1/restore" in said
    assert f"`helium reconcile --allow-deletes {deletes_digest(NAMES)}`" in said
    assert "restore h1 and delete it on its page: that counts as requested" in said


@pytest.mark.parametrize("name", ["h1", "h2"])
def test_its_owner_puts_the_file_back_as_it_was(world: World, address: str, name: str) -> None:
    """Byte for byte, where it was: the next pass keeps the workspace, as if nothing had happened to it."""
    answer = client(address, ADA).post(f"/workspace/{name}/restore")

    path = f"workspaces/{'team/' if name == 'h2' else ''}{name}.yaml"
    assert (200, FILE) == (answer.status_code, world.repo.read(world.repo.head(), path))
    assert {"ID": name, "Status": "ready"}.items() <= answer.json().items()
    foresee = deps_of(world).foresee
    assert foresee is not None
    (change,) = [each for each in foresee(NOW).changes if each.name == name]
    assert ("keep", "in-step") == (change.kind, change.code)
    assert 202 == client(address, ADA).delete(f"/workspace/{name}").status_code


def test_only_its_owner_and_admins_may(world: World, address: str) -> None:
    """Nobody brings back what is another's; an admin may."""
    head = world.repo.head()
    refused = [client(address, token).post("/workspace/h1/restore").status_code for token in (BOB, READER)]

    assert ([403, 403], head) == (refused, world.repo.head())
    assert 200 == client(address, ADMIN).post("/workspace/h1/restore").status_code


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"phase": Phase.DELETING}, 409, "being destroyed"),
        ({"phase": Phase.GONE, "emptied": NOW}, 404, "nothing brings that back"),
        (
            {"seen_blob": "b" * 40, "removed": Removal("h1", "c" * 40, NOW)},
            409,
            "history does not have its file",
        ),
    ],
)
def test_what_cannot_come_back(world: World, changes: dict[str, object], status: int, says: str) -> None:
    """What a pass has begun to destroy, what is destroyed, and what git does not have."""
    known = world.ledger.snapshot.records
    changed = record("h1", **{"seen_blob": blob_of(FILE), **changes})
    world.ledger.snapshot = replace(world.ledger.snapshot, head="2" * 40, records={**known, "h1": changed})
    with in_process(deps_of(world)) as address:
        answer = client(address, ADA).post("/workspace/h1/restore")

    assert (status, True) == (answer.status_code, says in answer.json()["detail"])


def test_only_the_very_file_comes_back(world: World, address: str) -> None:
    """What was put there after the removal, and went again, would be a new workspace: the one before it comes back."""
    world.repo.land({"workspaces/h1.yaml": FILE + b"description: edited\n"}, author="Ada <ada@example.com>")
    world.repo.land({"workspaces/h1.yaml": None}, message="clean up")
    answer = client(address, ADA).post("/workspace/h1/restore")

    assert (200, FILE) == (answer.status_code, world.repo.read(world.repo.head(), "workspaces/h1.yaml"))


def extended(world: World, text: bytes = LONGER) -> None:
    """Ada extends, deletes: no pass sees either."""
    blob = blob_of(FILE)
    world.repo.land({"workspaces/n.yaml": FILE}, author="Ada <ada@example.com>")
    known = world.ledger.snapshot
    assert known.fleet_record is not None
    fleet_record = replace(known.fleet_record, accepted=world.repo.head(), seen=world.repo.head())
    records = {"n": record("n", seen_blob=blob, spec_blob=blob)}
    world.ledger.snapshot = replace(known, head="3" * 40, records=records, fleet_record=fleet_record)
    world.repo.land({"workspaces/n.yaml": text}, author="Ada <ada@example.com>")
    world.repo.land({"workspaces/n.yaml": None}, author="Ada <ada@example.com>")


def test_an_extension_that_no_pass_saw_comes_back_with_it(world: World) -> None:
    """The answer says the deadline that it brings, and the next pass keeps the workspace."""
    extended(world)
    with in_process(deps_of(world)) as address:
        assert "It ends at 2026-12-20 23:59 UTC then" in Reader(address, ADA).open("/workspace/n").root.text
        answer = client(address, ADA).post("/workspace/n/restore")
    foresee = deps_of(world).foresee

    assert (200, LONGER) == (answer.status_code, world.repo.read(world.repo.head(), "workspaces/n.yaml"))
    assert {"Status": "updating", "Expiry": "2026-12-20T23:59:59Z"}.items() <= answer.json().items()
    assert foresee is not None
    assert [("update", "spec-changed")] == [(c.kind, c.code) for c in foresee(NOW).changes if c.name == "n"]


def test_put_back_and_extended_at_once_it_stays_the_same(world: World) -> None:
    """Each call reads main as it is by then; none takes what came back for another workspace."""
    extended(world, b"owner: bob@example.com\nexpiry: 2026-12-20\n")
    with in_process(deps_of(world)) as address:
        caller = client(address, BOB)
        assert "deleting" == caller.get("/workspace/n").json()["Workspace"]["Status"]
        back = caller.post("/workspace/n/restore").json()
        more = caller.patch("/workspace/n", json={"expiry": "+1d"}).json()

    assert ["updating", "updating"] == [each["Status"] for each in (back, more)]
    assert "2026-12-21T23:59:59Z" == more["Expiry"]


def test_an_edit_with_errors_does_not_come_back(world: World) -> None:
    """The file before it does, since a pass can read that."""
    extended(world, b"owner: ada@example.com\nexpiri: 2026-12-20\n")
    with in_process(deps_of(world)) as address:
        client(address, ADA).post("/workspace/n/restore")

    assert FILE == world.repo.read(world.repo.head(), "workspaces/n.yaml")


def test_what_changed_hands_is_restored_by_whose_it_was_when_it_went(world: World) -> None:
    """No pass saw that Ada gave it to Bob, who removed it by mistake."""
    extended(world, b"owner: bob@example.com\nexpiry: 2026-12-20\n")
    with in_process(deps_of(world)) as address:
        codes = [client(address, token).post("/workspace/n/restore").status_code for token in (ADA, BOB)]

    assert [403, 200] == codes


def test_what_is_there_has_nothing_to_restore(address: str) -> None:
    """And what never was is a 404."""
    caller = client(address)
    there, never = caller.post("/workspace/other/restore"), caller.post("/workspace/never/restore")

    assert (409, True, 404) == (there.status_code, "is on main" in there.json()["detail"], never.status_code)


def test_a_file_whose_deadline_passed_stays_away(world: World, address: str) -> None:
    """While its deletion is held it runs on; its file would only let the next pass destroy it."""
    head = world.repo.head()
    world.now = NOW + timedelta(days=9)
    answer = client(address, ADA).post("/workspace/h1/restore")

    assert (409, head) == (answer.status_code, world.repo.head())
    assert "save what you need" in answer.json()["detail"]


def test_a_removal_that_nothing_holds_says_so(world: World) -> None:
    """To delete it again is done already; to change it, its file must come back first."""
    records = {"h1": record("h1", seen_blob=blob_of(FILE), spec_blob=blob_of(FILE))}
    world.ledger.snapshot = replace(world.ledger.snapshot, records=records)
    with in_process(deps_of(world)) as address:
        caller = client(address, ADA)
        answers = [caller.delete("/workspace/h1"), caller.patch("/workspace/h1", json={"expiry": "+1d"})]
        back = caller.post("/workspace/h1/restore")

    assert [202, 409, 200] == [each.status_code for each in (*answers, back)]
    assert "the next pass destroys it" in answers[1].json()["detail"]


def test_what_is_destroyed_is_not_extended(world: World) -> None:
    """With its file still there after its deadline, or with nothing but its history; nor is it restored."""
    world.repo.land({"workspaces/over.yaml": FILE}, author="Ada <ada@example.com>")
    over = record("over", phase=Phase.GONE, emptied=NOW, seen_blob=blob_of(FILE), outputs={})
    world.ledger.snapshot = replace(world.ledger.snapshot, records={"over": over})
    world.ledger.lines = [LogLine(NOW, "long-gone", "expired", "destroyed in 9 s", ADDED_AT, "a" * 40)]
    head, longer = world.repo.head(), {"expiry": "+7d"}
    with in_process(deps_of(world)) as address:
        answers = [client(address, ADA).patch(f"/workspace/{name}", json=longer) for name in ("over", "long-gone")]
        answers.append(client(address, ADA).post("/workspace/long-gone/restore"))

    assert ([404, 404, 404], head) == ([each.status_code for each in answers], world.repo.head())
    for each in answers:
        assert "was destroyed at 2026-11-24T12:00:00Z with all its data" in each.json()["detail"]
