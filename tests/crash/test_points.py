"""A seeded sample of the crash matrix, and the points that once went wrong. `make crash` runs the whole."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.ground import ground
from tests.crash.kills import Moment
from tests.crash.lane import ROOT, Lane
from tests.crash.points import OPERATIONS, Course, Point, drawn, points

COURSE = Course((Moment("lock", 1), Moment("state", 1)), {"create": 2}, lead=0.5, seconds=2.0)


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lane]:
    """A ground that points are tried on, one after the other."""
    with ground(tmp_path_factory.mktemp("crash") / "ground", shared=False) as place:
        lane = Lane(place, random.Random(1))
        lane.furnish()
        yield lane


@pytest.mark.slow
@pytest.mark.parametrize(
    "point",
    [
        Point("update", fault="die after create 1st"),
        Point("update", "pulumi", Moment("call", 1), 0.15, "slow after create 1st 20s"),
        Point("update", "pulumi", Moment("call", 1), 0.15, "slow before create 1st 20s", at_once=True),
        Point("again", "worker", Moment("state", 9), 0.02),
    ],
    ids=str,
)
def test_what_was_cut_short_is_gone_on_with(lane: Lane, point: Point) -> None:
    """Each of these was a way to forget a resource, or to be held for ever, until it was found by the matrix."""
    told = lane.tried(point)
    assert (True, [], [], [], []) == tuple(told[key] for key in ("hit", "unsettled", "lost", "wrong", "leaked"))


@pytest.mark.slow
def test_git_killed_with_the_ledger_in_its_hand_stops_no_later_pass(tmp_path: Path) -> None:
    """The lock that it leaves in a remote by path was met by every pass after it, until it was found by the matrix."""
    with ground(tmp_path / "ground", shared=True) as place:
        lane = Lane(place, random.Random(1))
        lane.furnish()
        lane.begin("create")
        hook = place.folder / "remote.git" / "hooks" / "reference-transaction"
        harmless = hook.read_text()
        hook.write_text('#!/bin/sh\ntest "$1" = prepared && kill -9 $PPID\nexit 0\n')
        killed = place.pass_()
        hook.write_text(harmless)
        left = list((place.folder / "remote.git").rglob("*.lock"))
        for lock in left:
            os.utime(lock, (0, 0))
        lane.settle()

        assert isinstance(killed, str), killed
        assert ["helium-ledger.lock"] == [lock.name for lock in left]
        assert ([], []) == (lane.verdict().faults, list((place.folder / "remote.git").rglob("*.lock")))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("plain", 2), ("shared", 2)])
def test_a_sample_of_the_matrix_converges(tmp_path: Path, kind: str, count: int) -> None:
    """Killed at points that a seed drew, the next passes settle, lose nothing and leak nothing."""
    command = [sys.executable, "-m", "tests.crash.lane", str(tmp_path / "lane"), kind, str(count), "7", "120"]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    wrong = [each for each in told if any(each[key] for key in ("unsettled", "lost", "wrong", "leaked"))]
    assert (0, []) == (done.returncode, wrong), done.stderr[-2000:]
    assert any(each["hit"] for each in told)


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
