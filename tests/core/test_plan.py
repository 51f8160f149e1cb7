from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from helium.core.plan import Code, Create, Destroy, Keep, Plan, Update, hold
from helium.core.workspace import Workspace
from tests.builders import ADDED_AT, DEADLINE, FLEET, NOW, spec, stack_id


def workspace(name: str) -> Workspace:
    """A workspace that somebody requested."""
    return Workspace(FLEET.name, spec(name), "ada@example.com", ADDED_AT, DEADLINE)


CREATE = Create(name="c", code=Code.NEW_FILE, reason="new", workspace=workspace("c"))
UPDATE = Update(name="b", code=Code.SPEC_CHANGED, reason="changed", workspace=workspace("b"))
DESTROY = Destroy(name="a", code=Code.EXPIRED, reason="over", stack=stack_id("a"), added_at=ADDED_AT)
KEEP = Keep(name="d", code=Code.IN_STEP, reason="in step")
PLAN = Plan("c1", NOW, (DESTROY, UPDATE, CREATE, KEEP))


def test_all_work_is_about_one_stack() -> None:
    """A create's and an update's is that of its workspace, a destroy names its own."""
    assert [stack_id("c"), stack_id("b"), stack_id("a")] == [change.stack for change in PLAN.work]


def test_creates_go_first_and_destroys_last() -> None:
    """Nobody waits for a new workspace until old ones are gone."""
    assert ["c", "b", "a"] == [change.name for change in PLAN.work]
    assert (DESTROY,) == PLAN.destroys == PLAN.may_delete


def test_what_may_replace_is_taking_too() -> None:
    """For every safeguard, an update that may take data away is a destroy; only what was named may."""
    plan = PLAN.replacing(frozenset({"b", "d"}))

    assert ["b", "a"] == [change.name for change in plan.may_delete]
    assert (DESTROY,) == plan.destroys
    assert PLAN.digest == plan.digest


def test_a_digest_covers_the_change_and_not_the_clock() -> None:
    """Name, kind, code, blob and program make it; reasons and times in them do not."""
    later = replace(
        PLAN, now=NOW + timedelta(hours=1), changes=(replace(DESTROY, reason="older"), UPDATE, CREATE, KEEP)
    )
    others = [{"name": "x"}, {"code": Code.FILE_REMOVED}, {"blob": "other"}, {"program": "p2"}]

    assert PLAN.digest == later.digest
    assert 5 == len({DESTROY.digest, *(replace(DESTROY, **other).digest for other in others)})  # type: ignore[arg-type]


def test_what_is_held_says_what_it_was() -> None:
    """A held change is a keep with the safeguard's code; its digest stays the one that a person reviewed."""
    held = hold(replace(DESTROY, reason="It is over."), Code.PAUSED, why="The fleet is paused.")
    plan = replace(PLAN, changes=(held, UPDATE, CREATE, KEEP), foreign=("other",))

    assert "It is over. This destroy is held: The fleet is paused." == held.reason
    assert PLAN.digest == plan.digest
    assert {
        "create": 1,
        "update": 1,
        "destroy": 0,
        "keep": 2,
        "held": 1,
        "older-program": 0,
        "foreign": 1,
    } == plan.counts


def test_a_change_is_found_by_its_name() -> None:
    """Or it is in no plan."""
    assert (UPDATE, None) == (PLAN.of("b"), PLAN.of("z"))
