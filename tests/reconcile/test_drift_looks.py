"""Looks for drift: whom a look is about, what it says where nobody can look, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from threading import Event

from helium.core.drift import Drift, DriftedField, DriftLook
from helium.core.fleet import DriftSettings, Fleet
from helium.core.record import Phase
from helium.core.stack import StackId
from helium.errors import EngineError
from helium.reconcile.drift_looks import can_be_looked_at, due_for_a_look, look_at
from tests.builders import BACKEND, NOW, record, stack_id
from tests.fakes import FakeEngine
from tests.fakes.engine import FakeStack

GONE, SCALED = DriftedField("Ingress/app"), DriftedField("Deployment/app", "spec.replicas", "was changed")
FLEET = Fleet("acme", backends={BACKEND: {"drift": {"ignore": ["Ingress/*"]}}})


def engine_with(*names: str, kind: type[FakeEngine] = FakeEngine, **drifted: DriftLook) -> FakeEngine:
    """An engine with these stacks."""
    engine = kind()
    engine.stacks = {stack_id(name): FakeStack() for name in names}
    engine.drifted = drifted
    return engine


def test_only_what_is_ready_can_be_looked_at() -> None:
    """Anything else is on its way; what was never listed may not be there at all."""
    assert can_be_looked_at(record(phase=Phase.READY, observed_at=NOW))
    assert not can_be_looked_at(record(phase=Phase.UPDATING, observed_at=NOW))
    assert not can_be_looked_at(record(phase=Phase.READY, observed_at=None))


def test_what_the_fleet_wants_is_no_drift_and_what_fails_is_unseen() -> None:
    """By the settings of its backend; an engine that cannot look says why."""
    engine = engine_with("a", "b", "c", a=DriftLook((GONE, SCALED)))
    engine.errors["drift", "b"] = EngineError("b", "the cluster ci does not answer")

    looks = look_at([record(name) for name in "abc"], engine=engine, fleet=FLEET, parallel=2)
    found = {each.name: each.look for each in looks}
    assert {
        "a": DriftLook((SCALED,)),
        "b": DriftLook(unseen=("the cluster ci does not answer",)),
        "c": DriftLook(),
    } == found


def test_what_has_not_ended_in_time_is_left_out() -> None:
    """Not found in step, and not found drifted: one that hangs holds up nothing."""
    over = Event()

    class HangsAtB(FakeEngine):
        """One stack's cluster does not answer."""

        def drift(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
            """Waits for the cluster of `b`."""
            if stack.name == "b":
                over.wait(30)
            return super().drift(stack, ignored=ignored)

    engine = engine_with("a", "b", kind=HangsAtB)
    try:
        looks = look_at([record("b"), record("a")], engine=engine, fleet=FLEET, parallel=2, within=timedelta(seconds=1))
        assert ["a"] == [each.name for each in looks]
    finally:
        over.set()


def test_whose_turn_it_is() -> None:
    """Whoever was not looked at for the longest, and never too early."""
    day = timedelta(days=1)
    seen = {"a": NOW - day, "b": NOW - day + timedelta(seconds=1), "c": None, "d": NOW - 3 * day, "e": NOW - 2 * day}
    records = [record(name, drift=Drift(at) if at else None) for name, at in seen.items()]
    records.append(record("f", phase=Phase.FAILED))

    assert ["c", "d", "e", "a"] == [each.name for each in due_for_a_look(records, DriftSettings(), now=NOW)]
    assert ["c", "d"] == [each.name for each in due_for_a_look(records, DriftSettings(sample=2), now=NOW)]
