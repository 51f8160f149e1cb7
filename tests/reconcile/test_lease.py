"""A pass that lost its lease, for it was thought dead: what it has not begun, it does not begin."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import Lease
from helium.core.stack import StackId
from helium.errors import LeaseTakenError
from helium.ports.engine import AN_UP_FOLLOWS, Resolved, ResolveOptions
from tests.fakes import FakeEngine, FakeRepo
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

        def resolve_pending(self, stack: StackId, options: ResolveOptions = AN_UP_FOLLOWS) -> Resolved:
            """Takes long."""
            resolved = super().resolve_pending(stack, options)
            lost(stage)
            return resolved

    stage.engine.__class__ = Sleepy
    stage.land({"a.yaml": None})

    assert summary(stage.go()) == [("destroy", "a", "changed-meanwhile", False)]
    assert (stage.calls_of("destroy"), stage.stacks()) == ([], ["a", "b"])


def test_a_clock_that_is_ahead_takes_no_lease_before_its_end() -> None:
    """The remote tells the time. By it another pass is at work, whatever this machine's clock says."""
    stage = Stage()
    stage.land({"a.yaml": "expiry: 2026-12-15\n"})
    stage.go()
    stage.repo.clock = None
    stage.repo.time = stage.now
    fleet_record = stage.ledger.snapshot.fleet_record
    assert fleet_record is not None
    lease = Lease("of-another", fleet_record.counter + 1, "elsewhere", 7, "boot", stage.now + timedelta(minutes=20))
    held = replace(fleet_record, lease=lease, counter=lease.counter)
    stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=held)
    stage.now += timedelta(days=6)

    stage.go()
    assert held == stage.ledger.snapshot.fleet_record
    stage.repo.land({"workspaces/b.yaml": b"expiry: 2026-12-15\n"}, time=stage.repo.time)
    with pytest.raises(LeaseTakenError):
        stage.go()
    assert {"a": "ready"} == stage.phases()


def test_a_lease_ends_by_the_remotes_clock() -> None:
    """One that a machine left whose clock is days ahead would stop the fleet for days."""
    stage = Stage()
    stage.land({"a.yaml": "expiry: 2026-12-15\n"})
    stage.repo.clock, stage.repo.time = None, stage.now
    stage.now += timedelta(days=6)
    ends = list[timedelta]()

    def look() -> None:
        fleet_record = stage.ledger.snapshot.fleet_record
        assert fleet_record is not None
        assert fleet_record.lease is not None
        assert stage.repo.time is not None
        ends.append(fleet_record.lease.until - stage.repo.time)

    stage.on_start(look)
    stage.go()

    assert [True] == [timedelta(0) < end < timedelta(hours=1) for end in ends]


def test_a_pass_that_sleeps_while_it_looks_takes_no_lease_of_a_living_one() -> None:
    """It reads its clock, sleeps while it fetches main, and then asks the remote for the time: that is later.

    Its clock is right all the same. Taken for slow, it would let every lease end too early.
    """
    stage = Stage()
    stage.land({"a.yaml": "expiry: 2026-12-15\n"})
    stage.go()
    fleet_record = stage.ledger.snapshot.fleet_record
    assert fleet_record is not None
    lease = Lease("of-another", fleet_record.counter + 1, "elsewhere", 7, "boot", stage.now + timedelta(minutes=30))
    held = replace(fleet_record, lease=lease, counter=lease.counter)
    stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=held)
    stage.land({"b.yaml": "expiry: 2026-12-15\n"})

    class SleepyRepo(FakeRepo):
        """The machine sleeps while it fetches, once."""

        def fetch(self) -> None:
            """Takes long."""
            stage.now += timedelta(minutes=16)
            self.__class__ = FakeRepo  # type: ignore[assignment]

    stage.repo.__class__ = SleepyRepo
    with pytest.raises(LeaseTakenError):
        stage.go()
    assert ({"a": "ready"}, held) == (stage.phases(), stage.ledger.snapshot.fleet_record)


def test_a_lease_that_has_run_out_lets_nothing_begin() -> None:
    """A pass sleeps while it fetches main for its last look. Nobody has its lease yet, and anybody may take it."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n", "b.yaml": "{}\n"})
    stage.go()
    stage.land({"a.yaml": None})

    class SleepsLate(FakeRepo):
        """The machine sleeps while it fetches, once."""

        def fetch(self) -> None:
            """Takes long."""
            stage.now += timedelta(minutes=30)
            self.__class__ = FakeRepo  # type: ignore[assignment]

    def sleep() -> None:
        stage.repo.__class__ = SleepsLate

    stage.on_start(sleep)
    assert summary(stage.go(once=True)) == [("destroy", "a", "changed-meanwhile", False)]
    assert (stage.calls_of("destroy"), stage.stacks()) == ([], ["a", "b"])


def test_who_slept_before_the_last_look_renews_the_lease_and_goes_on() -> None:
    """Nobody took it, so nothing is held that is right."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n", "b.yaml": "{}\n"})
    stage.go()
    stage.land({"a.yaml": None})

    def sleep() -> None:
        stage.now += timedelta(minutes=30)

    stage.on_start(sleep)
    assert summary(stage.go()) == [("destroy", "a", "file-removed", True)]
    assert stage.stacks() == ["b"]
