"""Steps that a whole pass hardly ever comes to: the guard, or the pen, has stopped it before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from helium.core.plan import Code, Destroy
from helium.core.record import Phase, Record
from helium.core.run import Run
from helium.core.stack import Listing
from helium.ports.ledger import Writes
from helium.reconcile.announce import announce
from helium.reconcile.apply import ApplyContext
from helium.reconcile.apply_all import apply_all
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.outcome_lines import OutcomeLines
from helium.reconcile.workers import ThreadWorkers
from tests.builders import ADDED_AT, fleet_of, fleet_record, record, stack_id
from tests.reconcile.harness import START, Stage

RUN = Run("run-1", "host-1", 100, "boot-1", gone=lambda pid: False)
DESTROY = Destroy(name="a", code=Code.FILE_REMOVED, reason="gone", stack=stack_id("a"), added_at=ADDED_AT)


@pytest.fixture
def stage() -> Stage:
    """A fleet without workspaces."""
    return Stage()


def context(stage: Stage, *records: Record) -> ApplyContext:
    """Where a pass with the lease does its work, on a ledger that knows these records."""
    stage.ledger.write(Writes({each.name: each for each in records}, fleet_record()), on=stage.ledger.read())
    snapshot = stage.ledger.read()
    writer = LedgerWriter(stage.ledger, snapshot, fleet_record=fleet_record(), run=RUN, clock=lambda: START)
    observed = fleet_of("a", listing=Listing(), records=snapshot.records)
    return ApplyContext(
        stage.ports(), writer, RUN, stage.progress, lambda: START, observed, 1, OutcomeLines(observed, RUN.id)
    )


def test_what_has_no_record_has_no_phase_to_announce(stage: Stage) -> None:
    """A destroy invents no record: without one, safeguard `proven_ownership` would have held it."""
    here = context(stage)
    announce([DESTROY], here, now=START)

    assert (frozenset(), {}) == (here.writer.flush("Begin"), stage.ledger.read().records)


def test_what_somebody_else_changed_is_not_destroyed(stage: Stage) -> None:
    """A record that the pen could not write is another's by now, and so is the decision."""
    here = context(stage, record("a", phase=Phase.DELETING))
    stage.ledger.write(Writes({"a": record("a", reason="theirs")}), on=stage.ledger.read())
    here.writer.put("a", record("a", reason="ours"))
    here.writer.flush("Note")
    (outcome,) = apply_all([DESTROY], context=here, workers=ThreadWorkers())

    assert ("changed-meanwhile", False, "not started: somebody else changed its record") == (
        outcome.code,
        outcome.ok,
        outcome.sentence,
    )
    assert [] == stage.calls_of("destroy")


class LateWorkers(ThreadWorkers):
    """Ends a call only after the pass has looked whether it ended, and before it looks whether anything is at work."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Callable[[], None]] = []

    def start(self, call: Callable[[], None]) -> None:
        """Later."""
        self.calls.append(call)

    def wait(self, seconds: float) -> None:
        """Nothing has ended."""

    def end(self) -> datetime:
        """The pass asks for the time: now it has."""
        calls, self.calls = self.calls, []
        for call in calls:
            call()
        return START


def test_the_later_rolls_follow_however_late_the_first_one_is_heard_of(stage: Stage) -> None:
    """It may end between two looks of the pass, and then nothing is at work any more while others wait for it."""
    stage.land({f"{name}.yaml": "expiry: 2026-12-24\n" for name in "abc"})
    stage.go()
    plan = stage.go(roll=frozenset("abc"), dry=True).plan
    snapshot, workers = stage.ledger.read(), LateWorkers()
    assert snapshot.fleet_record is not None
    writer = LedgerWriter(stage.ledger, snapshot, fleet_record=snapshot.fleet_record, run=RUN, clock=workers.end)
    writer.take_lease(timedelta(minutes=25))
    observed = fleet_of(*"abc", records=snapshot.records)
    here = ApplyContext(
        stage.ports(), writer, RUN, stage.progress, lambda: START, observed, 4, OutcomeLines(observed, RUN.id)
    )
    announce(plan.work, here, now=START)
    writer.flush("Begin")

    assert [("a", True), ("b", True), ("c", True)] == [
        (outcome.name, outcome.ok) for outcome in apply_all(plan.work, context=here, workers=workers)
    ]
