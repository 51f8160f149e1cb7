"""The register, merged key by key: what two writers that saw the same made of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helium.adapters.ledger.merge import due
from helium.core.fleet import RoutineAmounts
from helium.core.fleet_record import FleetRecord, Pause
from helium.core.obeyed import ObeyedComment
from helium.core.removal_requests import RemovalRequest
from helium.core.shares import RoutineShare
from helium.ports.ledger import Snapshot, Writes
from tests.adapters.ledger.ledgers import NOW, lease, line
from tests.builders import record

BASE = FleetRecord("acme", marker="created", accepted="c1", counter=1, lease=lease("r-1"))
ASKED, LATER = RemovalRequest("r-1", ("a",), NOW), RemovalRequest("r-2", ("b",), NOW)
MINE = RoutineShare("m", "ada@example.com", 7, "f" * 40, NOW, RoutineAmounts(adds=1))
THEIRS = RoutineShare("t", "ada@example.com", 8, "f" * 40, NOW, RoutineAmounts(adds=1))
SEEN, OTHER = ObeyedComment(1, NOW, "m"), ObeyedComment(1, NOW, "t")
PAUSE = Pause("bob", "upgrade", NOW)


@pytest.mark.parametrize(
    ("key", "before", "mine", "theirs", "merged"),
    [
        pytest.param("marker", "created", "created", "pending", "pending", id="a key that only they changed is theirs"),
        pytest.param("pause", PAUSE, PAUSE, None, None, id="a pause that they ended has ended"),
        pytest.param("counter", 3, 3, 2, 2, id="what this writer did not touch is not defended"),
        pytest.param("accepted", "c1", "c2", "c1", "c2", id="a key that only this writer changed is its own"),
        pytest.param("accepted", "c1", "c2", "c3", "c3", id="of two changes the first pushed stands"),
        pytest.param("marker", "", "created", "pending", "created", id="created outlives pending"),
        pytest.param("counter", 1, 3, 2, 3, id="the higher counter stands, this writer's"),
        pytest.param("counter", 1, 2, 3, 3, id="the higher counter stands, theirs"),
        pytest.param("lease", None, lease("a"), lease("b"), lease("b"), id="who took the lease first has it"),
        pytest.param(
            "lease", lease("a"), None, lease("b", counter=2), lease("b", counter=2), id="giving back takes none"
        ),
        pytest.param(
            "lease", lease("a"), lease("a", hours=3), lease("a", hours=2), lease("a", hours=3), id="renewed twice"
        ),
        pytest.param(
            "requests", (ASKED,), (), (ASKED, LATER), (LATER,), id="a pass takes away what it saw, and nothing newer"
        ),
        pytest.param("requests", (), (ASKED,), (LATER,), (LATER, ASKED), id="what both were asked for"),
        pytest.param("requests", (ASKED,), (ASKED, LATER), (), (LATER,), id="what they saw does not come back"),
        pytest.param("shares", (), (MINE,), (THEIRS,), (THEIRS, MINE), id="of two shares the first pushed is first"),
        pytest.param("shares", (MINE,), (), (MINE, THEIRS), (THEIRS,), id="who gives back a share takes no other"),
        pytest.param("obeyed", (), (SEEN,), (OTHER,), (OTHER, SEEN), id="of two who obey the first pushed is first"),
    ],
)
def test_two_writers(key: str, before: object, mine: object, theirs: object, merged: object) -> None:
    """Each key by its own rule, and no key touches another."""
    on, head = (Snapshot("c", replace(BASE, **{key: value})) for value in (before, theirs))  # type: ignore[arg-type]
    mine_now = replace(BASE, **{key: mine})  # type: ignore[arg-type]
    said, _ = due(Writes(fleet_record=mine_now), on=on, head=head)
    expected = replace(BASE, **{key: merged})  # type: ignore[arg-type]
    assert expected == (said.fleet_record or head.fleet_record)


def test_two_that_begin_a_fleet_at_once_make_one() -> None:
    """Without a register before, what each says counts as its change."""
    said, _ = due(
        Writes(fleet_record=FleetRecord("acme", marker="pending")),
        on=Snapshot(),
        head=Snapshot("c", FleetRecord("acme", pause=PAUSE)),
    )
    assert FleetRecord("acme", marker="pending", pause=PAUSE) == said.fleet_record


def test_a_line_goes_with_its_record() -> None:
    """Who changed the record meanwhile has told its end: a second line would tell of a second one."""
    writes = Writes({"a": record("a"), "b": record("b")}, log=(line("a"), line("b")))
    on, head = (Snapshot(each, BASE, {"a": record("a", code=each)}, {"a": each}) for each in ("c", "d"))

    said, dropped = due(writes, on=on, head=head)

    assert ({"a"}, {"b"}) == (set(dropped), set(said.records))
    assert [line("b")] == list(said.log)
