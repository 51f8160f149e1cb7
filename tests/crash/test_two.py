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

from helium.app.engine_settings import pulumi_of
from helium.core.stack import StackId
from helium.ports.ledger import Writes
from helium.sandbox import set_faults
from helium.sandbox.fault_rules import read
from helium.settings import Settings
from tests.crash.killed_fleet import KilledFleet
from tests.crash.kills import asleep
from tests.crash.scenario import NEVER, Scenario, victim

pytestmark = pytest.mark.slow
ENDS = 1500


def ended(scenario: Scenario, *processes: subprocess.Popen[str]) -> None:
    """All end; then the next passes have little to do, and everything is as the files say."""
    for process in processes:
        process.wait(ENDS)
    set_faults(scenario.fleet.cloud)
    scenario.resolve_pending()
    assert [] == scenario.verdict().faults


def applied(fleet: KilledFleet, name: str, code: str) -> int:
    """How often the log says that something was done, and done well."""
    lines = [line for line in fleet.log() if (line.name, line.code) == (name, code)]
    return sum(1 for line in lines if line.sentence.endswith((": ready", ": destroyed")))


def taken_off(fleet: KilledFleet) -> None:
    """Somebody edits `fleet.json`: nobody holds the lease."""
    assert fleet.opened is not None
    ledger = fleet.opened.ledger
    seen = ledger.read()
    assert seen.fleet_record is not None
    ledger.write(Writes(fleet_record=replace(seen.fleet_record, lease=None)), on=seen)


def begun(fleet: KilledFleet, name: str, phase: str) -> None:
    """Wait until the ledger announces it."""
    end = time.monotonic() + ENDS
    while time.monotonic() < end:
        record = fleet.records().get(name)
        if record is not None and record.phase == phase:
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} was never {phase}")


def test_of_two_passes_one_does_the_work(scenario: Scenario) -> None:
    """CI's and a person's begin together: each request is carried out once, and nothing is left for lost."""
    gone, created = scenario.begin("destroy"), scenario.begin("create")
    ended(scenario, victim(scenario.fleet), victim(scenario.fleet))
    assert (1, 1) == (applied(scenario.fleet, created, "new-file"), applied(scenario.fleet, gone, "file-removed"))


@pytest.mark.parametrize("operations", [("create", "update"), ("destroy",)], ids=" and ".join)
def test_with_the_lease_forced_away_nothing_is_done_twice(scenario: Scenario, operations: tuple[str, ...]) -> None:
    """A second pass takes the lease while the first one is in the middle: Pulumi's lock and the records' blobs hold."""
    names = {scenario.begin(operation): operation for operation in reversed(operations)}
    verbs = [{"destroy": "delete"}.get(operation, operation) for operation in operations]
    codes = {"create": "new-file", "update": "spec-changed", "destroy": "file-removed"}
    done = {name: applied(scenario.fleet, name, codes[operation]) for name, operation in names.items()}
    set_faults(scenario.fleet.cloud, *(f"slow before {verb} 1st 4s" for verb in verbs))
    first = victim(scenario.fleet)
    for name, operation in names.items():
        begun(scenario.fleet, name, {"create": "creating", "update": "updating", "destroy": "deleting"}[operation])
    taken_off(scenario.fleet)
    scenario.fleet.ahead += timedelta(minutes=1)
    second = victim(scenario.fleet)
    ended(scenario, first, second)
    again = {name: applied(scenario.fleet, name, codes[operation]) for name, operation in names.items()}
    assert [name for name in names if again[name] - done[name] > 1] == []
    assert {stack.id for stack in scenario.fleet.ports.engine.observe().stacks} == {  # type: ignore[union-attr]
        StackId("acme.small", workspace) for workspace in scenario.expected
    }


def test_a_pass_whose_clock_is_two_hours_behind_undoes_nothing(scenario: Scenario) -> None:
    """It sees leases that end later than it would think, expires nothing, and writes over no newer record."""
    created = scenario.begin("create")
    right = victim(scenario.fleet)
    begun(scenario.fleet, created, "creating")
    scenario.fleet.ahead -= timedelta(hours=2)
    late = victim(scenario.fleet)
    scenario.fleet.ahead += timedelta(hours=2)
    ended(scenario, right, late)
    assert 1 == applied(scenario.fleet, created, "new-file")


def met(fleet: KilledFleet, fault: str) -> None:
    """Wait until the cloud was called as the fault says."""
    counter, end = fleet.cloud / "counts" / read([fault])[0].key, time.monotonic() + ENDS
    while not counter.exists():
        assert time.monotonic() < end, f"nobody met: {fault}"
        time.sleep(0.02)


def calls(fleet: KilledFleet) -> list[str]:
    """What the cloud is asked to change from now on, as a list that grows."""
    faults = {verb: f"slow before {verb} {NEVER} 2ms" for verb in ("create", "update", "delete")}
    set_faults(fleet.cloud, *faults.values())
    return [str(fleet.cloud / "counts" / read([line])[0].key) for line in faults.values()]


@pytest.mark.parametrize(("operation", "actor"), [("create", "pass"), ("destroy", "machine")])
def test_a_pass_that_was_thought_dead_does_no_more(scenario: Scenario, operation: str, actor: str) -> None:
    """Stopped at work until its lease is past and another has done it all, it wakes, changes nothing, and says why."""
    fleet, verb = scenario.fleet, {"create": "create", "destroy": "delete"}[operation]
    if operation == "destroy":
        _ = [scenario.begin("create") for _ in range(3)]
        scenario.resolve_pending()
    names = [scenario.begin(operation) for _ in range(3)]
    set_faults(fleet.cloud, fault := f"slow before {verb} 1st 3s")
    first = victim(fleet)
    met(fleet, fault)
    with asleep(first, actor):
        fleet.ahead += timedelta(minutes=11)
        scenario.resolve_pending()
        before = scenario.verdict().faults, fleet.records(), fleet.stacks(), len(fleet.log())
        counters = calls(fleet)
    code = first.wait(ENDS)
    said = (fleet.folder / "victim.log").read_text()

    assert [] == before[0]
    assert (5, []) == (code, [counter for counter in counters if Path(counter).exists()]), said
    assert all(name in said for name in names)
    assert "this pass no longer holds the lease" in said
    assert (before[1], before[2]) == (fleet.records(), fleet.stacks())
    ended(scenario)


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


def test_a_pass_that_fell_asleep_before_a_destroy_leaves_the_next_incarnation_alone(
    scenario: Scenario, tmp_path: Path
) -> None:
    """Only the last look is left between it and the destroy, and the name is another workspace's by now."""
    fleet, name = scenario.fleet, scenario.begin("again")
    pulumi, notes = dawdling(tmp_path)
    first = victim(fleet, pulumi=pulumi)
    begun(fleet, name, "deleting")
    exports(notes, 2)
    with asleep(first, "pass"):
        fleet.ahead += timedelta(minutes=11)
        scenario.resolve_pending()
        faults = scenario.verdict().faults
    code = first.wait(ENDS)

    assert ([], 5, True) == (faults, code, scenario.expected[name].noted)
    assert "this pass no longer holds the lease" in (fleet.folder / "victim.log").read_text()
    ended(scenario)
