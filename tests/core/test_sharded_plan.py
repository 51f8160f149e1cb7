from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.core.plan import Code, Create, Destroy, Update, Work
from helium.core.record import Phase
from helium.core.sharded_plan import Shard, ShardedPlan, shards_for
from helium.core.workspace import Workspace
from tests.builders import ADDED_AT, BACKEND, DEADLINE, FLEET, NOW, PINS, RECIPE, record, spec, stack_id

OWNER = "ada@example.com"


def workspace(name: str) -> Workspace:
    """As `record(name)` tells of it."""
    return Workspace(FLEET.name, spec(name), OWNER, ADDED_AT, DEADLINE, placement=RECIPE.placement, pins=PINS)


def create(name: str) -> Create:
    """Of a new file."""
    created = workspace(name)
    return Create(
        name=name, code=Code.NEW_FILE, reason="new", backend=BACKEND, blob=created.spec.blob, workspace=created
    )


def roll(name: str) -> Update:
    """One that a person requested."""
    created = workspace(name)
    return Update(
        name=name, code=Code.ROLLED, reason="asked", backend=BACKEND, blob=created.spec.blob, workspace=created
    )


def destroy(name: str) -> Destroy:
    """Of a file that went."""
    return Destroy(
        name=name,
        code=Code.FILE_REMOVED,
        reason="gone",
        backend=BACKEND,
        stack=stack_id(name),
        added_at=ADDED_AT,
        origin="request",
    )


def sharded(*work: Work) -> ShardedPlan:
    """A plan left for shards; what is updated or destroyed was ready before."""
    olds = [change.name for change in work if not isinstance(change, Create)]
    return ShardedPlan(
        fleet=FLEET.name,
        run="run-1",
        counter=1,
        commit="c1",
        now=NOW,
        seen="c0",
        creates=tuple(change for change in work if isinstance(change, Create)),
        updates=tuple(change for change in work if isinstance(change, Update)),
        destroys=tuple(change for change in work if isinstance(change, Destroy)),
        before={name: record(name) for name in olds},
        announced={change.name: record(change.name, phase=Phase.CREATING) for change in work},
        counts={},
    )


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 40])
def test_every_name_is_one_shards(shards: int) -> None:
    """The parts of all shards are the work, nothing twice, whatever their number; none has two more than another."""
    whole = sharded(*(create(f"c{n}") for n in range(11)), *(destroy(f"d{n}") for n in range(6)))
    parts = [whole.part(Shard(number, shards)) for number in range(1, shards + 1)]

    assert sorted(change.name for change in whole.work) == sorted(change.name for part in parts for change in part)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(
    ("changes", "parallel", "most", "expected"),
    [
        (0, 4, 256, 0),
        (1, 4, 256, 1),
        (15, 4, 256, 1),
        (16, 4, 256, 2),
        (40, 4, 256, 5),
        (40, 4, 4, 4),
        (40, 1, 256, 20),
        (40, 64, 256, 1),
        (40, 4, 1, 1),
        (3000, 4, 256, 256),
        (3000, 4, 1000, 256),
    ],
)
def test_a_shard_is_worth_a_machine_that_is_filled_twice(changes: int, parallel: int, most: int, expected: int) -> None:
    """As many as have two changes for each of their slots, but at least one, and never more than may be."""
    work = [create(f"c{n}") for n in range(changes)]

    shards = shards_for(work, parallel=parallel, most=most)

    assert [Shard(number, expected) for number in range(1, expected + 1)] == list(shards)


def test_a_roll_calls_for_no_machine() -> None:
    """All rolls are the first shard's, however many there are."""
    rolls, others = [roll(f"r{n}") for n in range(100)], [create(f"c{n}") for n in range(8)]

    assert ["1/1"] == [str(shard) for shard in shards_for(rolls, parallel=1)]
    assert ["1/2", "2/2"] == [str(shard) for shard in shards_for([*rolls, *others], parallel=2)]


@given(st.integers(0, 300), st.integers(0, 20), st.integers(1, 64), st.integers(1, 300))
def test_whatever_the_number_of_shards_the_work_is_theirs(dealt: int, rolls: int, parallel: int, most: int) -> None:
    """Their parts are all of it, each name once; and beyond the first, each fills its machine twice."""
    whole = sharded(*(create(f"c{n}") for n in range(dealt)), *(roll(f"r{n}") for n in range(rolls)))
    parts = [whole.part(shard) for shard in shards_for(whole.work, parallel=parallel, most=most)]

    assert sorted(change.name for change in whole.work) == sorted(change.name for part in parts for change in part)
    assert all(len(part) >= 2 * parallel for part in parts[1:])


def test_all_rolls_are_the_first_shards() -> None:
    """One goes ahead and the rest wait for it, which only a shard that has them all can see to."""
    whole = sharded(create("c"), roll("r1"), roll("r2"), roll("r3"), destroy("d"))

    assert [["c", "r1", "r2", "r3"], ["d"]] == [[c.name for c in whole.part(Shard(n, 2))] for n in (1, 2)]


def test_creates_go_first_in_every_part() -> None:
    """As in a pass of one machine."""
    whole = sharded(destroy("a"), create("b"), destroy("c"), create("d"))

    assert ["create", "destroy"] == [change.kind for change in whole.part(Shard(2, 2))]


def test_outcomes_are_what_the_records_tell() -> None:
    """Ready with the plan's blob and gone are good ends; what failed says so; the rest was ended by nobody."""
    whole = sharded(create("a"), roll("b"), destroy("c"))
    created, rolled, gone = whole.work
    cut, failed = record("a", phase=Phase.CREATING), record("a", phase=Phase.FAILED, attempts=1, error="no room")
    later = record("b", updated_at=NOW)

    assert ("ready", True) == said(whole, created, record("a"))
    assert ("ready", True) == said(whole, rolled, later)
    assert ("destroyed", True) == said(whole, gone, None)
    assert ("destroyed", True) == said(whole, gone, record("c", phase=Phase.GONE))
    assert ("no room", False) == said(whole, created, failed)
    assert ("no shard finished it; the next pass continues", False) == said(whole, created, cut)
    assert ("no shard finished it; the next pass continues", False) == said(whole, created, None)
    assert ("no shard finished it; the next pass continues", False) == said(whole, gone, record("c"))


def test_what_was_put_back_was_not_done() -> None:
    """A record that is again what it was before, ready though it be, tells of no work."""
    whole = sharded(roll("b"))

    assert (False, False) == (said(whole, whole.work[0], record("b"))[1], said(whole, whole.work[0], other_blob())[1])


def said(whole: ShardedPlan, change: Work, found: object) -> tuple[str, bool]:
    """The sentence and whether it is good."""
    outcome = whole.outcome(change, found)  # type: ignore[arg-type]
    return outcome.sentence, outcome.ok


def other_blob() -> object:
    """A record that is ready with another file than the plan's."""
    return replace(record("b", updated_at=NOW), spec_blob="blob-other")
