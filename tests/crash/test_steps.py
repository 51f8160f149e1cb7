"""A pass in steps, on the fakes: each step killed at each of its calls to a port, before and after the call acted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.sharded_plan import Shard
from helium.errors import LeaseTakenError
from helium.reconcile.loop import PassOptions
from tests.crash.killable import Fate, Killed, killable
from tests.reconcile.test_shards import LONG, Crew

STEPS = ("plan", "1/2", "2/2", "close")
SETTLED = {"a": "ready", "c": "ready", "d": "ready"}


def found() -> Crew:
    """`a` and `b` are ready; `b` is taken away, `a` changes, `c` and `d` are added."""
    crew = Crew()
    crew.land({"a.yaml": LONG, "b.yaml": LONG})
    crew.go()
    crew.land({"a.yaml": f"{LONG}pachdVersion: 2.4.0\n", "b.yaml": None, "c.yaml": LONG, "d.yaml": LONG})
    crew.engine.calls.clear()
    return crew


def played(crew: Crew, killed: str, fate: Fate) -> None:
    """All steps, one of which meets its fate; the others go on as jobs of CI do."""
    commit = ""
    for step in STEPS:
        end = fate if step == killed else Fate()
        with suppress(Killed, LeaseTakenError):
            if step == "plan":
                crew.now += timedelta(minutes=1)
                one = crew.pass_()
                commit = replace(one, ports=killable(one.ports, end)).go(PassOptions(sharded=True)).sharded
            elif commit:
                taken(crew, commit, step, end)()


def taken(crew: Crew, commit: str, step: str, end: Fate) -> Callable[[], object]:
    """One step after the split."""
    shards = crew.shards(commit, f"host-{step}")
    mine = replace(shards, ports=killable(shards.ports, end))
    if step == "close":
        return mine.close
    return lambda: mine.carry_out(Shard(int(step[0]), 2), parallel=1)


def lost(crew: Crew) -> list[str]:
    """The stacks that hold something and have no record."""
    held = [stack.name for stack, it in crew.engine.stacks.items() if not it.is_empty]
    return sorted(set(held) - set(crew.phases()))


@pytest.mark.parametrize("killed", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_step_killed_anywhere_is_made_up_for(killed: str, after: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """No stack without a record, nothing destroyed but what was given up; two passes later all is as the files say."""
    fate, at = Fate(1, after), 1
    while at == 1 or fate.dead:
        crew, fate = found(), Fate(at, after)
        played(crew, killed, fate)
        assert [] == lost(crew), at
        crew.now += timedelta(minutes=26)
        crew.go()
        crew.go()
        fleet_record = crew.ledger.snapshot.fleet_record
        assert fleet_record is not None
        assert (SETTLED, ["a", "c", "d"]) == (crew.phases(), crew.stacks()), at
        assert (None, frozenset()) == (fleet_record.lease, crew.ledger.snapshot.plans), at
        assert {"b"} == set(crew.calls_of("destroy")), at
        assert "file-removed" in [line.code for line in crew.ledger.lines if line.name == "b"], at
        at += 1
    with capsys.disabled():
        sys.stdout.write(f" [{at - 2} kills] ")


def test_shards_that_are_run_again_after_a_kill_do_nothing_twice() -> None:
    """CI runs a dead shard's job once more: what it had not claimed is done, what it had is left."""
    fate, at = Fate(1, after=True), 1
    while at == 1 or fate.dead:
        crew, fate = found(), Fate(at, after=True)
        commit = crew.sharded()
        with suppress(Killed):
            taken(crew, commit, "1/2", fate)()
        begun = crew.done()
        for step in ("1/2", "2/2", "close"):
            taken(crew, commit, step, Fate())()
        again = crew.done()[len(begun) :]

        assert not set(begun) & set(again), at
        assert 1 == max(crew.done().count(name) for name in "abcd" if name in crew.done()), at
        crew.now += timedelta(minutes=1)
        crew.go()
        crew.go()
        assert SETTLED == crew.phases(), at
        at += 1
