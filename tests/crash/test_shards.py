"""The shards of one pass as processes on one remote and one state: side by side, killed, overtaken, started twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from helium.reconcile.loop import Order, Pass
from helium.sandbox import set_faults
from helium.wiring import run_here
from tests.crash.ground import BACKEND, Ground
from tests.crash.lane import ROOT, Lane
from tests.crash.test_two import ENDS, applied, taken_off

MADE = ("new-file", "retry-after-failure")
PROGRAM = "stacks/small/resources.py"
pytestmark = pytest.mark.slow


def split(place: Ground) -> str:
    """Plan, in this process; the commit that shards go on from."""
    place.ahead += timedelta(minutes=1)
    assert place.ports is not None
    assert place.opened is not None
    me = run_here(place.opened.settings)
    return Pass(place.ports, me, place.told, place.clock, place.shown.append).go(Order(split=True)).split


def step(place: Ground, commit: str, which: str) -> subprocess.Popen[str]:
    """A shard, or the end, in a process of its own."""
    ahead = str(place.ahead.total_seconds())
    command = (sys.executable, "-m", "tests.crash.shard", str(place.folder), ahead, commit, which)
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said(process: subprocess.Popen[str]) -> tuple[int, str]:
    """How it ended, and what it said."""
    words = process.communicate(timeout=ENDS)[0]
    return process.returncode, words


def at_work(place: Ground, name: str) -> None:
    """Wait until Pulumi holds the stack's lock."""
    end = time.monotonic() + ENDS
    while time.monotonic() < end:
        if any(name in lock for lock in place.locks()):
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody began {name}")


def settled(lane: Lane) -> None:
    """The next passes have what is left to do; then everything is as the files say, and nothing runs any more."""
    set_faults(lane.place.cloud)
    lane.settle()
    assert [] == lane.alone()
    assert [] == lane.verdict().faults


def test_two_shards_at_once_do_all_of_it(lane: Lane) -> None:
    """Each wish is carried out once, the end says that all is well, and no pass after it has anything to do."""
    gone, new = lane.begin("destroy"), [lane.begin("create") for _ in range(3)]
    commit = split(lane.place)
    both = [step(lane.place, commit, which) for which in ("1/2", "2/2")]
    assert [0, 0] == [said(process)[0] for process in both]
    code, words = said(step(lane.place, commit, "close"))

    assert (0, 4, 1) == (code, words.count("\n"), words.count(f"{gone}: destroyed"))
    assert [1, 1, 1] == [applied(lane.place, name, "new-file") for name in new]
    assert 1 == applied(lane.place, gone, "file-removed")
    assert 1 == lane.settle()
    settled(lane)


def test_the_names_of_a_killed_shard_are_the_next_passs(lane: Lane) -> None:
    """SIGKILL in the middle of a create: the other shard goes on, the end names what is left, a pass converges."""
    new = [lane.begin("create") for _ in range(2)]
    commit = split(lane.place)
    set_faults(lane.place.cloud, f"slow before create named {new[0]} 1st 20s")
    dead, alive = step(lane.place, commit, "1/2"), step(lane.place, commit, "2/2")
    at_work(lane.place, new[0])
    os.kill(dead.pid, signal.SIGKILL)
    assert ((-9, 0), [1]) == ((said(dead)[0], said(alive)[0]), [applied(lane.place, new[1], "new-file")])
    words = said(step(lane.place, commit, "close"))[1]

    assert f"{new[0]}: no shard ended it; it is left to the next pass" in words
    assert f"{new[1]}: ready" in words
    settled(lane)
    assert [1, 1] == [sum(applied(lane.place, name, code) for code in MADE) for name in new]


def test_a_shard_makes_it_as_the_plan_saw_it(lane: Lane) -> None:
    """Main goes on after the split, to a program that cannot make anything: the plan's commit is what counts."""
    new = lane.begin("create")
    commit = split(lane.place)
    lane.place.land({PROGRAM: b"def declare(workspace):\n    raise ValueError('broken')\n"})
    code, words = said(step(lane.place, commit, "1/1"))

    assert (0, f"{new}: ready\n") == (code, words)
    lane.place.land({PROGRAM: BACKEND.read_bytes()})
    assert 0 == said(step(lane.place, commit, "close"))[0]
    settled(lane)


def test_a_shard_settles_what_a_killed_one_left(lane: Lane) -> None:
    """The cloud had acted, and nobody heard of it: the next split pass finds it, and an update is made beside it."""
    changed, new = lane.begin("update"), lane.begin("create")
    commit = split(lane.place)
    set_faults(lane.place.cloud, f"slow after create named {new} 1st 20s")
    dead = step(lane.place, commit, "1/2")
    at_work(lane.place, new)
    time.sleep(2)
    os.kill(dead.pid, signal.SIGKILL)
    said(dead)
    said(step(lane.place, commit, "close"))
    set_faults(lane.place.cloud)
    assert [] == lane.alone()
    commit = split(lane.place)
    code, words = said(step(lane.place, commit, "1/1"))

    assert (0, sorted((f"{new}: ready", f"{changed}: ready"))) == (code, sorted(words.splitlines()))
    assert 0 == said(step(lane.place, commit, "close"))[0]
    assert 1 == lane.settle()
    settled(lane)


def test_a_shard_whose_lease_was_taken_does_nothing(lane: Lane) -> None:
    """By force between the split and the shard: the pass that has it does the work, and the shard ends with 7."""
    gone, new = lane.begin("destroy"), lane.begin("create")
    commit = split(lane.place)
    taken_off(lane.place)
    lane.settle()
    done = len(lane.place.log())
    late = [said(step(lane.place, commit, which)) for which in ("1/1", "close")]

    assert [7, 7] == [code for code, _ in late], late
    assert all("PlanEnded: the plan of" in words for _, words in late)
    assert done == len(lane.place.log())
    settled(lane)
    assert 1 == sum(applied(lane.place, new, code) for code in MADE)
    assert gone not in lane.place.records()


def test_a_shard_that_is_overtaken_at_work_writes_nothing(lane: Lane) -> None:
    """Its `up` goes on to its end, and its record is the newer pass's."""
    new = lane.begin("create")
    commit = split(lane.place)
    set_faults(lane.place.cloud, f"slow before create named {new} 1st 5s")
    shard = step(lane.place, commit, "1/1")
    at_work(lane.place, new)
    taken_off(lane.place)
    code, words = said(shard)

    assert (7, True) == (code, "PlanEnded" in words)
    assert 0 == applied(lane.place, new, "new-file")
    settled(lane)
    assert 1 == sum(applied(lane.place, new, code) for code in MADE)


def test_a_shard_that_is_started_twice_does_it_once(lane: Lane) -> None:
    """Two processes on one machine in one second: every name is one's, and what is one's is nobody else's."""
    new = [lane.begin("create") for _ in range(2)]
    commit = split(lane.place)
    both = [said(process) for process in [step(lane.place, commit, "1/1") for _ in range(2)]]
    done = [line for _, words in both for line in words.splitlines() if line.endswith(": ready")]

    assert sorted(f"{name}: ready" for name in new) == sorted(done)
    assert [1, 1] == [applied(lane.place, name, "new-file") for name in new]
    said(step(lane.place, commit, "close"))
    settled(lane)
