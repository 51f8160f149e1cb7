"""What else happens while a pass is at work: Ctrl-C, a lease that is lost, a record that somebody takes away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, sleep

import pytest

from helium.core.fleet_record import FleetRecord, Lease
from helium.core.plan import Overrides
from helium.core.run import Run
from helium.errors import EngineError
from helium.ports.ledger import Writes
from helium.reconcile.loop import Pass, PassOptions
from tests.fakes import FakeLedger
from tests.reconcile.harness import Stage, summary

PLAIN = "expiry: 2026-12-24\n"


@pytest.fixture
def stage() -> Stage:
    """A fleet that asks for `a` and `b`, and nothing is created yet."""
    stage = Stage()
    stage.land({"a.yaml": PLAIN, "b.yaml": PLAIN})
    return stage


def until(true: Callable[[], bool]) -> None:
    """Let the pass go on until something is so."""
    end = monotonic() + 20
    while not true() and monotonic() < end:
        sleep(0.01)


def taken_away(stage: Stage, name: str) -> None:
    """Somebody drops a record, and this pass reads the ledger again when it writes next."""
    stage.ledger.write(Writes({name: None}), on=stage.ledger.read())
    stage.now += timedelta(seconds=11)
    before = len(stage.ledger.writes)
    until(lambda: len(stage.ledger.writes) > before)


def test_an_interrupt_ends_what_runs_and_begins_nothing_more(stage: Stage) -> None:
    """Ctrl-C closes the engine, waits for what was at work, and gives the lease back; the rest was never begun."""
    pressed: list[bool] = []

    def clock() -> datetime:
        if pressed and pressed.pop():
            raise KeyboardInterrupt
        return stage.now

    def press() -> None:
        pressed.append(True)
        until(lambda: stage.engine.closed)

    stage.on_start(press)
    run = Run("run-1", "host-1", 100, "boot-1", gone=lambda pid: False)
    with pytest.raises(KeyboardInterrupt):
        Pass(stage.ports(), run, stage.progress, clock, stage.shown.append).go(PassOptions(parallel=1, once=True))

    assert ["a"] == stage.calls_of("up")
    assert ("failed", "creating") == (stage.phases()["a"], stage.phases()["b"])
    assert [True] == ["Stopping what runs" in line for line in stage.progress.lines if line.startswith("Interrupted")]
    assert stage.ledger.snapshot.fleet_record is not None
    assert stage.ledger.snapshot.fleet_record.lease is None


def test_nothing_is_created_without_the_lease(stage: Stage) -> None:
    """Whoever has it now may be making the same; the record is put back as it was."""

    def lose() -> None:
        fleet_record = stage.ledger.snapshot.fleet_record
        assert fleet_record is not None
        stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=replace(fleet_record, lease=None))

    stage.on_start(lose)
    result = stage.go(once=True)

    assert [("create", "a", "changed-meanwhile", False), ("create", "b", "changed-meanwhile", False)] == summary(result)
    assert ([], []) == (stage.calls_of("up"), stage.stacks())


def test_a_replacement_is_dropped_when_the_world_moved(stage: Stage) -> None:
    """What may take data away to make it again has a last look, as every destroy has."""
    stage.go()
    stage.engine.would_replace.add("a")
    stage.land({"a.yaml": PLAIN + "pachdVersion: 2.4.0\n"})
    stage.on_start(lambda: stage.land({"a.yaml": PLAIN}))
    result = stage.go(overrides=Overrides(allow_replace=frozenset({"a"})))

    assert [("update", "a", "changed-meanwhile", False)] == summary(result)
    assert ["a", "b"] == stage.calls_of("up")


@pytest.mark.parametrize("fails", [False, True])
def test_a_record_that_somebody_took_away_is_not_brought_back(stage: Stage, fails: bool) -> None:
    """What became of its stack is told, and logged; the next pass finds the stack and no record."""

    def meddle() -> None:
        stage.on_start(lambda: taken_away(stage, "b"))

    if fails:
        stage.engine.errors["up", "b"] = EngineError("b", "no quota")
    stage.on_start(meddle)
    result = stage.go(once=True)

    assert [("create", "a", "new-file", True), ("create", "b", "new-file", not fails)] == summary(result)
    assert {"a": "ready"} == stage.phases()
    assert (["a", "b"], "no-record") == (stage.stacks(), stage.go().plan.changes[1].code)


def test_a_destroy_is_finished_though_its_record_went(stage: Stage) -> None:
    """Its ownership was proven before; an emptied stack without a name would only be an orphan."""
    stage.go()
    stage.land({"a.yaml": None, "b.yaml": None, "c.yaml": PLAIN})

    def meddle() -> None:
        stage.ledger.write(Writes({"b": None}), on=stage.ledger.read())

    stage.go("c")
    stage.on_start(meddle)
    result = stage.go(once=True)

    assert [("destroy", "a", "file-removed", True), ("destroy", "b", "file-removed", True)] == summary(result)
    assert (["c"], {"c": "ready"}) == (stage.stacks(), stage.phases())


def test_whose_lease_is_awaited_is_reported_once(stage: Stage) -> None:
    """However often it is looked for; what was done is told of each change."""
    stage.go()
    stage.land({"c.yaml": PLAIN})
    free = stage.ledger.snapshot
    assert free.fleet_record is not None
    theirs = Lease("run-x", 9, "host-2", 7, "boot-2", stage.now + timedelta(hours=1))

    class Lent(FakeLedger):
        """Gives the lease back when it is looked for a fourth time."""

        looks = 4

        def fleet_record(self) -> FleetRecord | None:
            self.looks -= 1
            if not self.looks:
                self.snapshot = free
            return super().fleet_record()

    lent = Lent()
    lent.snapshot = replace(free, fleet_record=replace(free.fleet_record, lease=theirs))
    stage.ledger = lent
    result = stage.go(wait=timedelta(minutes=5))

    assert 1 == sum("Waiting for another pass: run-x" in line for line in stage.progress.lines)
    assert ([("create", "c", "new-file", True)], ()) == (summary(result), result.failed)
