"""Locks on the harness: of a superseded run elsewhere, of a living run, of an unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.record import Phase
from helium.core.run import Run
from helium.core.stack import StackId
from helium.errors import StackBusyError
from helium.ports.engine import Resolved
from helium.reconcile.stack_locks import machines_of
from tests.fakes import FakeEngine
from tests.reconcile.harness import Stage, summary

LONG_AGO = timedelta(minutes=26)
"""More than the timeout of twenty minutes and five more."""


class Locked(FakeEngine):
    """An engine on whose stack `a` lies a lock, until it is broken."""

    held: StackBusyError | None = None

    def destroy(self, resolved: Resolved) -> None:
        """Only without the lock."""
        if self.held is not None and resolved.stack.name == "a":
            raise self.held
        super().destroy(resolved)

    def unlock(self, stack: StackId) -> None:
        """Breaks it."""
        super().unlock(stack)
        self.held = None


@pytest.fixture
def stage() -> Stage:
    """A fleet where host-9 had begun to delete `a` when it was lost, and its lease is past."""
    stage = Stage()
    stage.engine = Locked()
    stage.land({"a.yaml": "expiry: 2026-12-24\n", "b.yaml": "expiry: 2026-12-24\n"})
    stage.go()
    stage.land({"a.yaml": None})
    record = stage.record("a")
    assert record is not None
    begun = replace(record, phase=Phase.DELETING, host="host-9")
    records = {**stage.ledger.snapshot.records, "a": begun}
    stage.ledger.snapshot = replace(stage.ledger.snapshot, records=records)
    return stage


def locked(stage: Stage, *, host: str, age: timedelta) -> None:
    """A lock on `a`, of that host and age."""
    assert isinstance(stage.engine, Locked)
    stage.engine.held = StackBusyError("a", f"locked by {host}", host=host, since=stage.now - age)


def test_the_lock_of_a_superseded_run_is_broken(stage: Stage) -> None:
    """It names the host that was deleting, and is older than any operation may be: broken, and gone on with."""
    locked(stage, host="host-9", age=LONG_AGO)

    assert summary(stage.go()) == [("destroy", "a", "file-removed", True)]
    assert stage.calls_of("unlock") == ["a"]
    assert any("superseded run on host-9" in line for line in stage.progress.lines)


def test_a_dead_lock_of_a_run_that_goes_by_another_name_is_broken(stage: Stage) -> None:
    """`HELIUM_HOST` names the run, and the lock names the container, where a second run was killed before it met it."""
    record = stage.record("a")
    assert record is not None
    known = replace(record, host="ci", machines=("container-1", "container-2"))
    stage.ledger.snapshot = replace(stage.ledger.snapshot, records={**stage.ledger.snapshot.records, "a": known})
    locked(stage, host="container-1", age=LONG_AGO)

    assert summary(stage.go()) == [("destroy", "a", "file-removed", True)]


def test_a_run_leaves_the_name_of_its_machine(stage: Stage) -> None:
    """Beside those of the runs before it that never ended; one that ended leaves its own alone."""
    run = Run("r-2", "ci", 7, "boot-1", gone=lambda _: True, machine="container-2")
    at_work = stage.record("a")
    assert at_work is not None

    assert machines_of(replace(at_work, machines=("container-1",)), run) == ("container-1", "container-2")
    assert machines_of(replace(at_work, phase=Phase.READY, machines=("container-1",)), run) == ("container-2",)
    assert machines_of(None, run) == ("container-2",)


@pytest.mark.parametrize(
    ("host", "age"),
    [("host-9", timedelta(minutes=20)), ("host-8", LONG_AGO), ("", LONG_AGO)],
    ids=["a living run", "another host", "an unknown"],
)
def test_any_other_lock_is_somebodys(stage: Stage, host: str, age: timedelta) -> None:
    """`busy`, left as it was, until the holder is gone or a person says so."""
    locked(stage, host=host, age=age)

    assert summary(stage.go()) == [("destroy", "a", "busy", False)]
    assert (stage.calls_of("unlock"), stage.stacks()) == ([], ["a", "b"])
    record = stage.record("a")
    assert record is not None
    assert (record.phase, record.host, record.attempts) == (Phase.DELETING, "host-9", 0)


def test_a_lock_on_what_was_at_rest_is_somebodys(stage: Stage) -> None:
    """No run was at work on it by the ledger, so a person holds it."""
    record = stage.record("a")
    assert record is not None
    records = {**stage.ledger.snapshot.records, "a": replace(record, phase=Phase.READY)}
    stage.ledger.snapshot = replace(stage.ledger.snapshot, records=records)
    locked(stage, host="host-9", age=LONG_AGO)

    assert summary(stage.go()) == [("destroy", "a", "busy", False)]


def test_a_pass_without_the_lease_breaks_no_lock(stage: Stage) -> None:
    """Whoever lost the lease in the meantime may be the superseded one."""

    def lose() -> None:
        fleet_record = stage.ledger.snapshot.fleet_record
        assert fleet_record is not None
        stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=replace(fleet_record, lease=None))

    class Losing(Locked):
        """Loses the lease while it meets the lock."""

        def destroy(self, resolved: Resolved) -> None:
            """After the last look."""
            lose()
            super().destroy(resolved)

    stage.engine.__class__ = Losing
    locked(stage, host="host-9", age=LONG_AGO)

    assert summary(stage.go()) == [("destroy", "a", "busy", False)]
    assert stage.calls_of("unlock") == []
