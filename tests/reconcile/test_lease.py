"""A pass that lost its lease, for it was thought dead: what it has not begun, it does not begin."""

from __future__ import annotations

from dataclasses import replace

from helium.core.stack import StackId
from helium.ports.engine import Resolved
from tests.fakes import FakeEngine
from tests.reconcile.harness import Stage, summary


def lost(stage: Stage) -> None:
    """Another pass took the lease, did its work, and gave it back."""
    fleet_record = stage.ledger.snapshot.fleet_record
    assert fleet_record is not None
    taken = replace(fleet_record, lease=None, counter=fleet_record.counter + 1)
    stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=taken)


def test_a_create_is_not_begun_without_the_lease() -> None:
    """The lease is read right before: the record is as it was, and the outcome says why."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n"})
    stage.on_start(lambda: lost(stage))
    result = stage.go()

    assert summary(result) == [("create", "a", "changed-meanwhile", False)]
    assert result.outcomes[0].sentence == "not started: this pass no longer holds the lease"
    assert (stage.calls_of("up"), stage.phases()) == ([], {})


def test_nor_is_an_update() -> None:
    """It stays as it was made."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n"})
    stage.go()
    stage.engine.calls.clear()
    stage.land({"a.yaml": "pachdVersion: 2.4.0\n"})
    stage.on_start(lambda: lost(stage))

    assert summary(stage.go()) == [("update", "a", "changed-meanwhile", False)]
    assert (stage.calls_of("up"), stage.phases()) == ([], {"a": "ready"})


def test_the_last_look_comes_after_all_that_takes_long() -> None:
    """A pass that falls asleep while it looks what is pending finds out that it lost the lease before it destroys."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n", "b.yaml": "{}\n"})
    stage.go()

    class Sleepy(FakeEngine):
        """Sleeps until the lease is lost."""

        def resolve_pending(self, stack: StackId, *, ends: bool = False, assume_absent: bool = False) -> Resolved:
            """Takes long."""
            resolved = super().resolve_pending(stack, ends=ends, assume_absent=assume_absent)
            lost(stage)
            return resolved

    stage.engine.__class__ = Sleepy
    stage.land({"a.yaml": None})

    assert summary(stage.go()) == [("destroy", "a", "changed-meanwhile", False)]
    assert (stage.calls_of("destroy"), stage.stacks()) == ([], ["a", "b"])
