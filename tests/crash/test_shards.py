"""The shards of one pass as processes on one remote and one state: side by side, killed, overtaken, started twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from helium.app.run import run_here
from helium.reconcile.loop import Pass, PassOptions
from helium.sandbox import set_faults
from tests.crash.killed_fleet import BACKEND, KilledFleet
from tests.crash.scenario import ROOT, Scenario
from tests.crash.test_two import ENDS, applied, taken_off

MADE = ("new-file", "retry-after-failure")
PROGRAM = "stacks/small/resources.py"
pytestmark = pytest.mark.slow


def sharded(fleet: KilledFleet) -> str:
    """Plan, in this process; the commit that shards go on from."""
    fleet.ahead += timedelta(minutes=1)
    assert fleet.ports is not None
    assert fleet.opened is not None
    me = run_here(fleet.opened.settings)
    return Pass(fleet.ports, me, fleet.progress, fleet.clock, fleet.shown.append).go(PassOptions(sharded=True)).sharded


def step(fleet: KilledFleet, commit: str, which: str) -> subprocess.Popen[str]:
    """A shard, or the end, in a process of its own."""
    ahead = str(fleet.ahead.total_seconds())
    command = (sys.executable, "-m", "tests.crash.shard", str(fleet.folder), ahead, commit, which)
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said(process: subprocess.Popen[str]) -> tuple[int, str]:
    """How it ended, and what it said."""
    words = process.communicate(timeout=ENDS)[0]
    return process.returncode, words


def at_work(fleet: KilledFleet, name: str) -> None:
    """Wait until Pulumi holds the stack's lock."""
    end = time.monotonic() + ENDS
    while time.monotonic() < end:
        if any(name in lock for lock in fleet.locks()):
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody began {name}")


def resolved(scenario: Scenario) -> None:
    """The next passes have what is left to do; then everything is as the files say, and nothing runs any more."""
    set_faults(scenario.fleet.cloud)
    scenario.resolve_pending()
    assert [] == scenario.alone()
    assert [] == scenario.verdict().faults


def test_two_shards_at_once_do_all_of_it(scenario: Scenario) -> None:
    """Each request is carried out once, the end says that all is well, and no pass after it has anything to do."""
    gone, new = scenario.begin("destroy"), [scenario.begin("create") for _ in range(3)]
    commit = sharded(scenario.fleet)
    both = [step(scenario.fleet, commit, which) for which in ("1/2", "2/2")]
    assert [0, 0] == [said(process)[0] for process in both]
    code, words = said(step(scenario.fleet, commit, "close"))

    assert (0, 4, 1) == (code, words.count("\n"), words.count(f"{gone}: destroyed"))
    assert [1, 1, 1] == [applied(scenario.fleet, name, "new-file") for name in new]
    assert 1 == applied(scenario.fleet, gone, "file-removed")
    assert 1 == scenario.resolve_pending()
    resolved(scenario)


def test_the_names_of_a_killed_shard_are_the_next_passs(scenario: Scenario) -> None:
    """SIGKILL in the middle of a create: the other shard goes on, the end names what is left, a pass converges."""
    new = [scenario.begin("create") for _ in range(2)]
    commit = sharded(scenario.fleet)
    set_faults(scenario.fleet.cloud, f"slow before create named {new[0]} 1st 20s")
    dead, alive = step(scenario.fleet, commit, "1/2"), step(scenario.fleet, commit, "2/2")
    at_work(scenario.fleet, new[0])
    os.kill(dead.pid, signal.SIGKILL)
    assert ((-9, 0), [1]) == ((said(dead)[0], said(alive)[0]), [applied(scenario.fleet, new[1], "new-file")])
    words = said(step(scenario.fleet, commit, "close"))[1]

    assert f"{new[0]}: no shard finished it; the next pass continues" in words
    assert f"{new[1]}: ready" in words
    resolved(scenario)
    assert [1, 1] == [sum(applied(scenario.fleet, name, code) for code in MADE) for name in new]


def test_a_shard_makes_it_as_the_plan_saw_it(scenario: Scenario) -> None:
    """Main goes on after the split, to a program that cannot make anything: the plan's commit is what counts."""
    new = scenario.begin("create")
    commit = sharded(scenario.fleet)
    scenario.fleet.land({PROGRAM: b"def declare(workspace):\n    raise ValueError('broken')\n"})
    code, words = said(step(scenario.fleet, commit, "1/1"))

    assert (0, f"{new}: ready\n") == (code, words)
    scenario.fleet.land({PROGRAM: BACKEND.read_bytes()})
    assert 0 == said(step(scenario.fleet, commit, "close"))[0]
    resolved(scenario)


def test_a_shard_settles_what_a_killed_one_left(scenario: Scenario) -> None:
    """The cloud had acted, and nobody heard of it: the next split pass finds it, and an update is made beside it."""
    changed, new = scenario.begin("update"), scenario.begin("create")
    commit = sharded(scenario.fleet)
    set_faults(scenario.fleet.cloud, f"slow after create named {new} 1st 20s")
    dead = step(scenario.fleet, commit, "1/2")
    at_work(scenario.fleet, new)
    time.sleep(2)
    os.kill(dead.pid, signal.SIGKILL)
    said(dead)
    said(step(scenario.fleet, commit, "close"))
    set_faults(scenario.fleet.cloud)
    assert [] == scenario.alone()
    commit = sharded(scenario.fleet)
    code, words = said(step(scenario.fleet, commit, "1/1"))

    assert (0, sorted((f"{new}: ready", f"{changed}: ready"))) == (code, sorted(words.splitlines()))
    assert 0 == said(step(scenario.fleet, commit, "close"))[0]
    assert 1 == scenario.resolve_pending()
    resolved(scenario)


def test_a_shard_whose_lease_was_taken_does_nothing(scenario: Scenario) -> None:
    """By force between the split and the shard: the pass that has it does the work, and the shard ends with 7."""
    gone, new = scenario.begin("destroy"), scenario.begin("create")
    commit = sharded(scenario.fleet)
    taken_off(scenario.fleet)
    scenario.resolve_pending()
    done = len(scenario.fleet.log())
    late = [said(step(scenario.fleet, commit, which)) for which in ("1/1", "close")]

    assert [7, 7] == [code for code, _ in late], late
    assert all("PlanEndedError: The plan of" in words for _, words in late)
    assert done == len(scenario.fleet.log())
    resolved(scenario)
    assert 1 == sum(applied(scenario.fleet, new, code) for code in MADE)
    assert gone not in scenario.fleet.records()


def test_a_shard_that_is_overtaken_at_work_writes_nothing(scenario: Scenario) -> None:
    """Its `up` goes on to its end, and its record is the newer pass's."""
    new = scenario.begin("create")
    commit = sharded(scenario.fleet)
    set_faults(scenario.fleet.cloud, f"slow before create named {new} 1st 5s")
    shard = step(scenario.fleet, commit, "1/1")
    at_work(scenario.fleet, new)
    taken_off(scenario.fleet)
    code, words = said(shard)

    assert (7, True) == (code, "PlanEndedError" in words)
    assert 0 == applied(scenario.fleet, new, "new-file")
    resolved(scenario)
    assert 1 == sum(applied(scenario.fleet, new, code) for code in MADE)


def test_a_shard_that_is_started_twice_does_it_once(scenario: Scenario) -> None:
    """Two processes on one machine in one second: every name is one's, and what is one's is nobody else's."""
    new = [scenario.begin("create") for _ in range(2)]
    commit = sharded(scenario.fleet)
    both = [said(process) for process in [step(scenario.fleet, commit, "1/1") for _ in range(2)]]
    done = [line for _, words in both for line in words.splitlines() if line.endswith(": ready")]

    assert sorted(f"{name}: ready" for name in new) == sorted(done)
    assert [1, 1] == [applied(scenario.fleet, name, "new-file") for name in new]
    said(step(scenario.fleet, commit, "close"))
    resolved(scenario)
