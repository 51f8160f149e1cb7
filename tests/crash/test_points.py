"""A seeded sample of the crash matrix, and the points that once went wrong. `make crash` runs the whole."""

from __future__ import annotations

import os

import pytest

from tests.crash.kills import KillMoment
from tests.crash.points import OPERATIONS, Course, Point, drawn, points
from tests.crash.scenario import SPARE, Scenario

COURSE = Course((KillMoment("lock", 1), KillMoment("state", 1)), {"create": 2}, lead=0.5, seconds=2.0)


FAULTS = ("unsettled", "lost", "wrong", "leaked")


ONCE_WRONG = (
    Point("update", "pulumi", KillMoment("call", 1), 0.15, "slow after create 1st 20s"),
    Point("update", "pulumi", KillMoment("call", 1), 0.15, "slow before create 1st 20s", at_once=True),
    Point("again", "worker", KillMoment("state", 9), 0.02),
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "point",
    [
        pytest.param(Point("update", fault="die after create 1st"), id="the provider dies"),
        *(pytest.param(point, id=str(point)) for point in ONCE_WRONG),
    ],
)
def test_what_was_cut_short_is_gone_on_with(scenario: Scenario, point: Point) -> None:
    """Each of these was a way to forget a resource, or to be held for ever, until it was found by the matrix."""
    result = scenario.tried(point)
    assert (True, [], [], [], []) == tuple(result[key] for key in ("hit", *FAULTS))


@pytest.mark.slow
def test_git_killed_with_the_ledger_in_its_hand_stops_no_later_pass(scenario: Scenario) -> None:
    """The lock that it leaves in a remote by path was met by every pass after it, until it was found by the matrix."""
    remote = scenario.fleet.folder / "remote.git"
    scenario.begin("create")
    hook = remote / "hooks" / "reference-transaction"
    harmless = hook.read_text()
    hook.write_text('#!/bin/sh\ntest "$1" = prepared && kill -9 $PPID\nexit 0\n')
    killed = scenario.fleet.pass_()
    hook.write_text(harmless)
    left = list(remote.rglob("*.lock"))
    for lock in left:
        os.utime(lock, (0, 0))
    scenario.resolve_pending()

    assert isinstance(killed, str), killed
    assert ["helium-ledger.lock"] == [lock.name for lock in left]
    assert ([], []) == (scenario.verdict().faults, list(remote.rglob("*.lock")))


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["create", "destroy"])
def test_a_sample_of_the_matrix_converges(scenario: Scenario, operation: str) -> None:
    """Watched undisturbed, then killed at a point that a seed drew: the next passes settle, lose and leak nothing."""
    course = scenario.course(operation)
    some = drawn(dict.fromkeys(OPERATIONS, course), count=len(OPERATIONS) * SPARE, seed=7)
    hits = []
    for point in [point for point in some if point.operation == operation]:
        result = scenario.tried(point)
        assert [[], [], [], []] == [result[key] for key in FAULTS], result
        hits += [point] * bool(result["hit"])
        if hits:
            break

    assert {"lock", "state", "prepared", "committed"} <= {moment.kind for moment in course.moments}
    assert course.calls[{"destroy": "delete"}.get(operation, operation)] > 0
    assert hits


def test_the_matrix_is_drawn_by_a_seed() -> None:
    """The same seed gives the same points, another seed others, and every operation has its share."""
    courses = dict.fromkeys(OPERATIONS, COURSE)
    one, same, other = (drawn(courses, count=60, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert set(OPERATIONS) == {point.operation for point in one}


def test_every_moment_and_every_call_is_a_point() -> None:
    """Each moment by each actor; each provider call before and after, dying, failing, and held while each is killed."""
    assert 2 * 5 + 2 * (4 + 4 * 2) == len(points({"create": COURSE}))
