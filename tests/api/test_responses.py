"""What a write answers is what a read says from then on."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helium.core.deadlines import format_instant
from helium.core.record import Phase
from helium.ports.ledger import Snapshot
from tests.adapters.git_repos import begun, git
from tests.api.in_process import in_process
from tests.api.process import real
from tests.api.serving import ADMIN, FLEET, World, client
from tests.builders import NOW, fleet_record, record

NAMED, FIRST = "2026-12-01T23:59:59Z", "2026-11-26T17:00:00Z"
"""What `demo` has in these tests by its file, and what the default gives the first commit after the fleet's own."""


def row_of(answer: dict[str, Any]) -> tuple[str, str, str]:
    """The id, the status and the expiry of an answer."""
    return answer["ID"], answer["Status"], answer["Expiry"]


@pytest.mark.parametrize(
    ("expiry", "ends"),
    [
        ("2026-12-01", NAMED),
        ("2026-12-01T10:00:00+02:00", "2026-12-01T08:00:00Z"),
        ("+2d", format_instant(NOW + timedelta(days=2))),
        ("", FIRST),
        (None, FIRST),
    ],
)
def test_a_create_tells_when_it_ends(world: World, address: str, expiry: str | None, ends: str) -> None:
    """As asked for, or by the fleet's default from when its file came to main."""
    created = client(address).post("/workspace", json={"name": "demo", "expiry": expiry}).json()
    read = client(address).get("/workspace/demo").json()["Workspace"]

    assert ("demo", "requested", ends) == row_of(created) == row_of(read)
    assert world.repo.head() == created["Commit"]


@pytest.mark.parametrize(
    ("changes", "ends"),
    [({"expiry": "+1d"}, "2026-12-02T23:59:59Z"), ({"pachdVersion": "2.3.9"}, NAMED), ({"description": "x"}, NAMED)],
)
@pytest.mark.parametrize("seen", [True, False])
def test_a_change_tells_what_a_read_tells(own_world: World, seen: bool, changes: dict[str, str], ends: str) -> None:
    """By `PATCH` and by a create that may update, with a record and without."""
    own_world.repo.land({"workspaces/demo.yaml": b"expiry: 2026-12-01\nowner: root@example.com\n"})
    if seen:
        blob = own_world.repo.entries(own_world.repo.head())[0].blob
        known = record("demo", seen_blob=blob, spec_blob=blob)
        own_world.ledger.snapshot = Snapshot("1", fleet_record(), {"demo": known}, {"demo": "1"})
    with in_process(own_world.deps) as address:
        caller = client(address)
        changed = caller.request("PATCH", "/workspace/demo", json=changes).json()
        between = caller.get("/workspace/demo").json()["Workspace"]
        updated = caller.post("/workspace?update=true", json={"name": "demo", "consoleVersion": "2.3.3"}).json()
        read = caller.get("/workspace/demo").json()["Workspace"]

    assert ("demo", "updating" if seen else "requested", ends) == row_of(changed) == row_of(between)
    assert row_of(between) == row_of(updated) == row_of(read)


def test_a_default_that_was_extended_counts_from_it(world: World, address: str) -> None:
    """`+1d` is a day more than what the create had answered."""
    caller = client(address)
    caller.post("/workspace", json={"name": "demo"})

    assert "2026-11-27T17:00:00Z" == caller.request("PATCH", "/workspace/demo", json={"expiry": "+1d"}).json()["Expiry"]


def test_an_edit_moves_no_default(world: World, address: str) -> None:
    """It counts from the file's first commit, whatever came after."""
    caller = client(address)
    caller.post("/workspace", json={"name": "demo"})
    changed = caller.request("PATCH", "/workspace/demo", json={"pachdVersion": "2.3.9"}).json()

    assert FIRST == changed["Expiry"] == caller.get("/workspace/demo").json()["Workspace"]["Expiry"]


def test_a_delete_tells_until_when_it_was_to_live(own_world: World) -> None:
    """Where a record still does; a file that no pass saw is gone with its commit."""
    own_world.repo.land({"workspaces/demo.yaml": b"owner: root@example.com\n", "workspaces/new.yaml": b"{}\n"})
    blob = own_world.repo.entries(own_world.repo.head())[0].blob
    known = record("demo", seen_blob=blob, spec_blob=blob)
    own_world.ledger.snapshot = Snapshot("1", fleet_record(), {"demo": known}, {"demo": "1"})
    with in_process(own_world.deps) as address:
        caller = client(address)
        seen, unseen = (caller.delete(f"/workspace/{name}").json() for name in ("demo", "new"))
        read = caller.get("/workspace/demo").json()["Workspace"]
        status = caller.get("/workspace/new").status_code

    assert ("demo", "deleting", format_instant(known.deadline)) == row_of(seen) == row_of(read)
    assert (("new", "deleting", ""), 404) == (row_of(unseen), status)


def test_a_pass_says_the_last_word(own_world: World) -> None:
    """What it wrote down stands over what the default gave until then."""
    own_world.repo.land({"workspaces/demo.yaml": b"{}\n"})
    with in_process(own_world.deps) as address:
        before = client(address).get("/workspace/demo").json()["Workspace"]["Expiry"]
        blob = own_world.repo.entries(own_world.repo.head())[0].blob
        known = record("demo", phase=Phase.CREATING, seen_blob=blob, spec_blob=None)
        own_world.ledger.snapshot = Snapshot("1", fleet_record(), {"demo": known}, {"demo": "1"})
        client(address).post("/workspace", json={"name": "other"})
        after = client(address).get("/workspace/demo").json()["Workspace"]["Expiry"]

    assert (FIRST, format_instant(known.deadline)) == (before, after)


def test_a_default_in_the_past_has_expired(world: World, address: str) -> None:
    """Also where no pass came by in all that time."""
    world.repo.land({"workspaces/demo.yaml": b"{}\n"}, time=NOW - timedelta(days=4))
    caller = client(address)

    assert {"Expired": True} == caller.get("/workspace/demo/expired").json()
    assert "expired" == caller.get("/workspace/demo").json()["Workspace"]["Status"]


def test_what_history_cannot_tell_is_empty(world: World, address: str) -> None:
    """A clone that is cut off is no reason to answer nothing."""
    world.repo.land({"workspaces/demo.yaml": b"{}\n"})
    world.repo.land({"README.md": b"hello\n"})
    world.repo.shallow = True

    assert "" == client(address).get("/workspace/demo").json()["Workspace"]["Expiry"]


def test_a_file_from_before_the_last_pass_has_its_default_too(own_world: World) -> None:
    """One that no pass made anything of, since it was held back: its commit is looked for in all of history."""
    seen = own_world.repo.land({"workspaces/demo.yaml": b"{}\n"})
    own_world.ledger.snapshot = Snapshot("1", fleet_record(seen=seen, last_pass=None))
    own_world.repo.land({"workspaces/other.yaml": b"{}\n"})
    with in_process(own_world.deps) as address:
        page = client(address).get("/workspaces?detail=true&sort=expiry").json()

    assert [("demo", FIRST), ("other", "2026-11-26T18:00:00Z")] == [
        (each["ID"], each["Expiry"]) for each in page["Workspaces"]
    ]


def test_on_a_real_remote_it_is_the_commit_that_counts(tmp_path: Path) -> None:
    """To the second, three days after the commit that the answer names."""
    remote = begun(tmp_path, {"helium.yaml": FLEET, "workspaces/.gitkeep": b""})
    with real(remote, tmp_path / "mirrors") as deps, in_process(deps) as address:
        created = client(address, ADMIN).post("/workspace", json={"name": "demo"}).json()
        read = client(address, ADMIN).get("/workspace/demo").json()["Workspace"]
    committed = datetime.fromisoformat(git(remote, "show", "-s", "--format=%cI", created["Commit"]).strip())

    assert format_instant(committed + timedelta(days=3)) == created["Expiry"] == read["Expiry"]
