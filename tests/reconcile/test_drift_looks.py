"""Looks for drift: whom a look is about, what it says where nobody can look, and when it ends."""

from __future__ import annotations

from helium.core.drift import DriftedField, DriftLook
from helium.core.fleet import Fleet
from helium.core.record import Phase
from helium.errors import EngineError
from helium.reconcile.drift_looks import LookedAt, can_be_looked_at, look_at
from tests.builders import BACKEND, NOW, record, stack_id
from tests.fakes import FakeEngine
from tests.fakes.engine import FakeStack

GONE, SCALED = DriftedField("Ingress/app"), DriftedField("Deployment/app", "spec.replicas", "was changed")
FLEET = Fleet("acme", backends={BACKEND: {"drift": {"ignore": ["Ingress/*"]}}})


def engine_with(*names: str, **drifted: DriftLook) -> FakeEngine:
    """An engine with these stacks."""
    engine = FakeEngine()
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


def test_what_is_not_begun_in_time_is_left_out() -> None:
    """Not found in step, and not found drifted."""
    looks = look_at(
        [record("a"), record("b")],
        engine=engine_with("a", "b"),
        fleet=FLEET,
        parallel=1,
        goes_on=iter([True, False]).__next__,
    )
    assert [LookedAt("a", DriftLook())] == [LookedAt(each.name, each.look) for each in looks]
