"""Two passes at once, as two processes on one remote and one state.

With the lease, with the lease forced away, and with a lease that ran out while its holder was asleep.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helium.core.stack import StackId
from helium.reconcile.ports import Writes
from helium.sandbox import set_faults
from helium.sandbox.faults import read
from helium.settings import Settings
from helium.wiring.engines import pulumi_of
from tests.crash.ground import Ground
from tests.crash.kills import asleep
from tests.crash.lane import NEVER, Lane, victim

pytestmark = pytest.mark.slow
ENDS = 150


def ended(lane: Lane, *processes: subprocess.Popen[str]) -> None:
    """All end; then the next passes have little to do, and everything is as the files say."""
    for process in processes:
        process.wait(ENDS)
    set_faults(lane.place.cloud)
    lane.settle()
    assert [] == lane.verdict().faults


def applied(place: Ground, name: str, code: str) -> int:
    """How often the log says that something was done, and done well."""
    lines = [line for line in place.log() if (line.name, line.code) == (name, code)]
    return sum(1 for line in lines if line.sentence.endswith((": ready", ": destroyed")))


def taken_off(place: Ground) -> None:
    """Somebody edits `fleet.json`: nobody holds the lease."""
    assert place.opened is not None
    ledger = place.opened.ledger
    seen = ledger.read()
    assert seen.register is not None
    ledger.write(Writes(register=replace(seen.register, lease=None)), on=seen)


def begun(place: Ground, name: str, phase: str) -> None:
    """Wait until the ledger announces it."""
    end = time.monotonic() + ENDS
    while time.monotonic() < end:
        record = place.records().get(name)
        if record is not None and record.phase == phase:
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} was never {phase}")


def test_of_two_passes_one_does_the_work(lane: Lane) -> None:
    """CI's and a person's begin together: each wish is carried out once, and nothing is left for lost."""
    gone, made = lane.begin("destroy"), lane.begin("create")
    ended(lane, victim(lane.place), victim(lane.place))
    assert (1, 1) == (applied(lane.place, made, "new-file"), applied(lane.place, gone, "file-removed"))


@pytest.mark.parametrize("operations", [("create", "update"), ("destroy",)], ids=" and ".join)
def test_with_the_lease_forced_away_nothing_is_done_twice(lane: Lane, operations: tuple[str, ...]) -> None:
    """A second pass takes the lease while the first one is in the middle: Pulumi's lock and the records' blobs hold."""
    names = {lane.begin(operation): operation for operation in reversed(operations)}
    verbs = [{"destroy": "delete"}.get(operation, operation) for operation in operations]
    codes = {"create": "new-file", "update": "spec-changed", "destroy": "file-removed"}
    done = {name: applied(lane.place, name, codes[operation]) for name, operation in names.items()}
    set_faults(lane.place.cloud, *(f"slow before {verb} 1st 4s" for verb in verbs))
    first = victim(lane.place)
    for name, operation in names.items():
        begun(lane.place, name, {"create": "creating", "update": "updating", "destroy": "deleting"}[operation])
    taken_off(lane.place)
    lane.place.ahead += timedelta(minutes=1)
    second = victim(lane.place)
    ended(lane, first, second)
    again = {name: applied(lane.place, name, codes[operation]) for name, operation in names.items()}
    assert [name for name in names if again[name] - done[name] > 1] == []
    assert {stack.id for stack in lane.place.ports.engine.observe().stacks} == {  # type: ignore[union-attr]
        StackId("acme.small", being) for being in lane.beings
    }


def test_a_pass_whose_clock_is_two_hours_behind_undoes_nothing(lane: Lane) -> None:
    """It sees leases that end later than it would think, expires nothing, and writes over no newer record."""
    made = lane.begin("create")
    right = victim(lane.place)
    begun(lane.place, made, "creating")
    lane.place.ahead -= timedelta(hours=2)
    late = victim(lane.place)
    lane.place.ahead += timedelta(hours=2)
    ended(lane, right, late)
    assert 1 == applied(lane.place, made, "new-file")


def met(place: Ground, fault: str) -> None:
    """Wait until the cloud was called as the fault says."""
    counter, end = place.cloud / "counts" / read([fault])[0].key, time.monotonic() + ENDS
    while not counter.exists():
        assert time.monotonic() < end, f"nobody met: {fault}"
        time.sleep(0.02)


def calls(place: Ground) -> list[str]:
    """What the cloud is asked to change from now on, as a list that grows."""
    faults = {verb: f"slow before {verb} {NEVER} 2ms" for verb in ("create", "update", "delete")}
    set_faults(place.cloud, *faults.values())
    return [str(place.cloud / "counts" / read([line])[0].key) for line in faults.values()]


@pytest.mark.parametrize(("operation", "actor"), [("create", "pass"), ("destroy", "machine")])
def test_a_pass_that_was_thought_dead_does_no_more(lane: Lane, operation: str, actor: str) -> None:
    """Stopped at work until its lease is past and another has done it all, it wakes, changes nothing, and says why."""
    place, verb = lane.place, {"create": "create", "destroy": "delete"}[operation]
    if operation == "destroy":
        _ = [lane.begin("create") for _ in range(3)]
        lane.settle()
    names = [lane.begin(operation) for _ in range(3)]
    set_faults(place.cloud, fault := f"slow before {verb} 1st 3s")
    first = victim(place)
    met(place, fault)
    with asleep(first, actor):
        place.ahead += timedelta(minutes=11)
        lane.settle()
        before = lane.verdict().faults, place.records(), place.stacks(), len(place.log())
        counters = calls(place)
    code = first.wait(ENDS)
    said = (place.folder / "victim.log").read_text()

    assert [] == before[0]
    assert (5, []) == (code, [counter for counter in counters if Path(counter).exists()]), said
    assert all(name in said for name in names)
    assert "this pass no longer holds the lease" in said
    assert (before[1], before[2]) == (place.records(), place.stacks())
    ended(lane)


def dawdling(folder: Path) -> tuple[Path, Path]:
    """A Pulumi that takes its time over each export, and the file in which it notes them."""
    script, notes = folder / "pulumi", folder / "exports"
    export = f'*"stack export"*) echo export >> {notes}; sleep 3 ;;'
    script.write_text(f'#!/bin/sh\ncase "$*" in {export} esac\nexec {pulumi_of(Settings.here())} "$@"\n')
    script.chmod(0o755)
    return script, notes


def exports(notes: Path, number: int) -> None:
    """Wait until so many have begun: the first is the plan's, for the mark; the second is the destroy's."""
    end = time.monotonic() + ENDS
    while not notes.exists() or len(notes.read_text().split()) < number:
        assert time.monotonic() < end, f"there were no {number} exports"
        time.sleep(0.02)


def test_a_pass_that_fell_asleep_before_a_destroy_leaves_the_next_life_alone(lane: Lane, tmp_path: Path) -> None:
    """Only the last look is left between it and the destroy, and the name is another workspace's by now."""
    place, name = lane.place, lane.begin("again")
    pulumi, notes = dawdling(tmp_path)
    first = victim(place, pulumi=pulumi)
    begun(place, name, "deleting")
    exports(notes, 2)
    with asleep(first, "pass"):
        place.ahead += timedelta(minutes=11)
        lane.settle()
        faults = lane.verdict().faults
    code = first.wait(ENDS)

    assert ([], 5, True) == (faults, code, lane.beings[name].noted)
    assert "this pass no longer holds the lease" in (place.folder / "victim.log").read_text()
    ended(lane)
