"""Passes that look for drift and put it right: when, of whom, with which program, and what they never do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from helium.adapters.specs import Rules, YamlSpecs
from helium.core.drift import Drift, DriftedField, DriftLook, RepairWay
from helium.core.fleet import Fleet
from helium.core.fleet_record import Lease, Pause
from helium.core.observation import Recipe
from helium.core.plan import Code
from helium.core.stack import StackId
from helium.errors import EngineError, SourceError
from helium.ports.engine import AN_UP_FOLLOWS, Resolved, ResolveOptions
from helium.ports.ledger import Writes
from helium.reconcile.loop import PassOptions, Result
from tests.fakes import FakeEngine
from tests.reconcile.harness import RECIPE, SETTINGS, Stage, summary

ON = b"drift: {every: 24h, sample: 2, budget: 1m}\n"
SHOWN = b"drift: {repair: false}\n"
SCALED = DriftedField("Deployment/app", "spec.replicas", "is 0 and was made as 2")
GONE = DriftedField("Namespace/a", repair=RepairWay.UPDATE)
STUCK = DriftedField("PersistentVolumeClaim/data", "spec", "cannot be set back", RepairWay.NOTHING)
REPAIRED = [("update", "a", "drifted", True)]


@pytest.fixture
def stage() -> Stage:
    """A fleet whose passes look for drift, with `a` and `b` up, and a day later."""
    stage = Stage()
    settings(stage, ON)
    stage.land({f"{name}.yaml": "expiry: 2026-12-30\n" for name in "ab"})
    stage.go()
    stage.now += timedelta(days=1)
    return stage


def settings(stage: Stage, drift: bytes) -> None:
    """Somebody pushes other settings."""
    stage.repo.land({"helium.yaml": SETTINGS + drift}, time=stage.now)


class HastySpecs(YamlSpecs):
    """A fleet whose budget for looking is shorter than settings may say."""

    def fleet(self, data: bytes) -> Fleet:
        """Half a second."""
        fleet = super().fleet(data)
        assert fleet.drift is not None
        return replace(fleet, drift=replace(fleet.drift, budget=timedelta(seconds=0.5)))


def pause(stage: Stage) -> None:
    """Somebody pauses the fleet."""
    known = stage.ledger.snapshot.fleet_record
    assert known is not None
    paused = replace(known, pause=Pause("ada@example.com", "an incident", stage.now))
    stage.ledger.write(Writes(fleet_record=paused), on=stage.ledger.snapshot)


def drift_of(stage: Stage, name: str = "a") -> Drift:
    """What its record says."""
    record = stage.record(name)
    assert record is not None
    assert record.drift is not None
    return record.drift


def test_what_drifted_is_found_and_put_right_by_the_same_pass(stage: Stage) -> None:
    """A pass looks after its own work; what it found is another round's, and needs no update of the stack."""
    stage.engine.drifted["a"] = DriftLook((SCALED,))
    stage.engine.calls.clear()

    assert REPAIRED == summary(stage.go())
    assert (["a"], []) == (stage.calls_of("put_back"), stage.calls_of("up"))
    assert Drift(stage.now) == drift_of(stage)
    record = stage.record("a")
    assert record is not None
    assert ("ready", "drifted", {"url": "https://a"}) == (record.phase.value, record.code, dict(record.outputs))
    assert "It has drifted since" in record.reason
    assert f"update: ready; put right: {SCALED}" == stage.ledger.lines[-1].sentence

    assert [] == summary(stage.go())
    assert ["a", "b"] == stage.calls_of("drift")


def test_a_fleet_that_only_wants_to_be_shown_is_shown(stage: Stage) -> None:
    """Nothing is planned; the record says since when. Once it wants repair, the next pass plans it, and says why."""
    settings(stage, SHOWN)
    stage.engine.drifted["a"] = DriftLook((SCALED,))
    assert [] == summary(stage.go())
    assert (stage.now, (str(SCALED),), True) == (drift_of(stage).since, drift_of(stage).found, drift_of(stage).repairs)

    settings(stage, ON)
    change = stage.go(dry=True).plan.of("a")
    assert change is not None
    assert ("update", Code.DRIFTED) == (change.kind, change.code)
    assert str(SCALED) in change.reason
    assert REPAIRED == summary(stage.go())


def test_without_the_setting_nobody_looks_and_nothing_is_repaired(stage: Stage) -> None:
    """Nor for a pass that a person gave a plan, and not twice in a day."""
    stage.engine.drifted["a"] = DriftLook((SCALED,))
    settings(stage, SHOWN)
    stage.go()
    settings(stage, b"")
    stage.engine.calls.clear()
    ways: tuple[Callable[[], Result], ...] = (stage.go, lambda: stage.go("a"), lambda: stage.go(once=True))
    for go in ways:
        assert [] == summary(go())
    assert [] == stage.calls_of("drift")

    settings(stage, SHOWN)
    for _ in range(2):
        stage.go()
        stage.now += timedelta(hours=2)
    assert ["a", "b"] == stage.calls_of("drift")


def test_what_has_not_ended_within_the_budget_is_not_noted(stage: Stage) -> None:
    """The pass ends; a later one looks again."""
    over = Event()

    class Hanging(FakeEngine):
        """A cluster that does not answer."""

        def drift(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
            """Until the pass is over."""
            over.wait(30)
            return super().drift(stack, ignored=ignored)

    engine = Hanging()
    engine.stacks, engine.marker, engine.ledger = stage.engine.stacks, True, stage.engine.ledger
    stage.engine = engine
    before = drift_of(stage)
    given = stage.pass_()
    hasty = replace(given, ports=replace(given.ports, specs=HastySpecs({"gcp-namespace": Rules()})))
    assert [] == summary(hasty.go(PassOptions()))
    over.set()
    assert before == drift_of(stage)


def test_more_than_a_sample_is_looked_at_by_later_passes(stage: Stage) -> None:
    """Whoever waits longest comes first."""
    stage.land({f"{name}.yaml": "expiry: 2026-12-30\n" for name in "cd"})
    stage.engine.calls.clear()
    for _ in range(3):
        stage.go()
    assert ["c", "d", "a", "b"] == stage.calls_of("drift")


def test_what_only_an_update_puts_right_is_updated_with_the_same_program(stage: Stage) -> None:
    """A namespace that is gone: what was made in it comes back, and nothing of today's."""
    stage.engine.drifted["a"] = DriftLook((GONE, SCALED, STUCK))

    assert REPAIRED == summary(stage.go())
    assert ["a", "b", "a"] == stage.calls_of("up")
    assert (str(STUCK), False) == (drift_of(stage).found[0], drift_of(stage).repairs)
    assert [] == summary(stage.go())


def test_another_program_is_never_brought_along(stage: Stage) -> None:
    """What can be put back by itself is; the rest fails with the command that a person may want, and waits."""
    stage.backends.all = {"gcp-namespace": Recipe("program-2", placement=RECIPE.placement)}
    stage.engine.drifted["a"] = DriftLook((SCALED,))
    assert REPAIRED == summary(stage.go())
    assert [] == stage.calls_of("up")[2:]
    record = stage.record("a")
    assert record is not None
    assert "program-1" == record.program

    stage.now += timedelta(days=1)
    stage.engine.drifted["a"] = DriftLook((GONE, SCALED))
    assert REPAIRED == summary(stage.go())
    assert [] == stage.calls_of("up")[2:]
    assert (("Namespace/a is gone",), True, False) == (
        drift_of(stage).found,
        drift_of(stage).repairs,
        drift_of(stage).applies,
    )
    # The rest is shown, and kept as it is, until a person brings today's program along.
    kept = stage.go(dry=True).plan.of("a")
    assert kept is not None
    assert (Code.OLDER_PROGRAM, "--roll") == (kept.code, kept.reason.rstrip(".")[-6:])
    assert [("update", "a", "rolled", True)] == summary(stage.go(roll=frozenset({"a"})))


def test_what_nobody_could_look_at_leads_to_nothing(stage: Stage) -> None:
    """It is said in the record. What was found beside it is a person's to decide; nothing is called in step."""
    stage.engine.errors["drift", "b"] = EngineError("b", "the cluster ci does not answer")
    stage.engine.drifted["a"] = DriftLook((SCALED,), ("Ingress/app: refused",))

    assert [] == summary(stage.go())
    assert ("Ingress/app: refused", "the cluster ci does not answer") == (
        drift_of(stage).unseen,
        drift_of(stage, "b").unseen,
    )
    assert [] == stage.calls_of("put_back")


def test_an_update_resolves_what_a_killed_repair_left(stage: Stage) -> None:
    """Helm was killed in the middle, so nobody can look; then it is repaired. With another program it waits."""

    def killed(stage: Stage) -> None:
        stage.engine.drifted["a"] = DriftLook(unseen=("Release/app is not deployed, but pending-upgrade",))

    stage.engine.drifted["a"] = DriftLook((GONE,))
    stage.on_start(lambda: killed(stage))
    assert REPAIRED == summary(stage.go())
    assert ["a", "b", "a"] == stage.calls_of("up")

    stage.now += timedelta(days=1)
    stage.backends.all = {"gcp-namespace": Recipe("program-2", placement=RECIPE.placement)}
    stage.engine.drifted["a"] = DriftLook((SCALED,))
    stage.on_start(lambda: killed(stage))
    assert ("update", "a", "drifted", False) == summary(stage.go())[0]
    record = stage.record("a")
    assert record is not None
    assert "pending-upgrade, and only an update puts that right" in record.error


@pytest.mark.parametrize(
    ("stays", "why"),
    [
        (DriftLook((GONE,)), "it was updated, and still differs: Namespace/a is gone"),
        (
            DriftLook(unseen=("Ingress/app: refused",)),
            "nobody can tell whether it is as it was made: Ingress/app: refused",
        ),
    ],
)
def test_a_repair_that_does_not_help_fails(stage: Stage, stays: DriftLook, why: str) -> None:
    """It is tried again later, and is never called repaired."""

    def stubborn(stage: Stage) -> None:
        stage.engine.drifted["a"] = stays
        stage.engine.stubborn.add("a")

    stage.engine.drifted["a"] = DriftLook((GONE,))
    stage.on_start(lambda: stubborn(stage))
    assert [("update", "a", "drifted", False)] * 2 == summary(stage.go())
    record = stage.record("a")
    assert record is not None
    assert why == record.error
    assert record.drift is not None
    assert record.drift.repairs


def test_an_edit_comes_before_a_repair_and_a_pause_before_both(stage: Stage) -> None:
    """The update of a file is the update; afterwards it is looked at again. A pause that began meanwhile is kept."""
    settings(stage, SHOWN)
    stage.engine.drifted["a"] = DriftLook((SCALED,))
    stage.go()
    settings(stage, ON)
    stage.land({"a.yaml": "expiry: 2026-12-30\nvalues: {x: 1}\n"})
    assert [("update", "a", "spec-changed", True)] == summary(stage.go())[:1]

    stage.now += timedelta(days=1)
    stage.engine.drifted["a"] = DriftLook((SCALED,))
    stage.on_start(lambda: pause(stage))
    stage.engine.calls.clear()
    assert {("update", "a", "paused", False)} == {*summary(stage.go())}
    assert [] == stage.calls_of("put_back")


def test_a_pause_while_a_repair_resolves_keeps_its_update_from_beginning(stage: Stage) -> None:
    """What could be put back by itself is; before the update that the rest takes, a pause is read again."""

    class ResolvesLong(FakeEngine):
        """While it resolves, somebody pauses the fleet."""

        def resolve_pending(self, stack: StackId, options: ResolveOptions = AN_UP_FOLLOWS) -> Resolved:
            """Then the machine wakes up."""
            pause(stage)
            return super().resolve_pending(stack, options)

    engine = ResolvesLong()
    engine.stacks, engine.marker, engine.ledger = stage.engine.stacks, True, stage.engine.ledger
    stage.engine = engine
    engine.drifted["a"] = DriftLook((GONE,))

    assert {("update", "a", "paused", False)} == {*summary(stage.go())}
    assert ["a"] == stage.calls_of("put_back")
    assert [] == stage.calls_of("up")


def test_a_look_holds_nothing_up_and_fails_nothing(stage: Stage) -> None:
    """Whoever has the lease writes; a remote that is away for a moment is said."""

    class Away(FakeEngine):
        """While it looks, the remote goes away."""

        def drift(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
            """Nothing can be written from here on."""
            stage.ledger.error = SourceError("the remote is away")
            return super().drift(stack, ignored=ignored)

    engine = Away()
    engine.stacks, engine.marker, engine.ledger = stage.engine.stacks, True, stage.engine.ledger
    stage.engine = engine
    assert [] == summary(stage.go())
    assert "This pass cannot note what has drifted: the remote is away" in stage.progress.lines

    stage.ledger.error = None
    known = stage.ledger.snapshot.fleet_record
    assert known is not None
    lease = Lease("other", known.counter + 1, "host-2", 1, "boot-2", stage.now + timedelta(hours=1))
    stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=replace(known, lease=lease))
    engine.calls.clear()
    assert [] == summary(stage.go())
    assert [] == stage.calls_of("drift")


def test_a_split_pass_leaves_repairs_to_the_next_one(stage: Stage) -> None:
    """It looks where it has nothing to leave for shards."""
    stage.engine.drifted["a"] = DriftLook((SCALED,))
    stage.now += timedelta(minutes=1)
    assert [] == summary(stage.pass_().go(PassOptions(sharded=True)))
    assert drift_of(stage).repairs
    assert REPAIRED == summary(stage.go())


def test_a_failed_repair_does_not_stay_failed_with_another_program(stage: Stage) -> None:
    """What it failed with may be over: it is ready again, and the rest is shown."""
    stage.engine.drifted["a"] = DriftLook((GONE,))
    stage.engine.stubborn.add("a")
    assert ("update", "a", "drifted", False) == summary(stage.go())[0]
    stage.backends.all = {"gcp-namespace": Recipe("program-2", placement=RECIPE.placement)}

    assert REPAIRED == summary(stage.go("a"))
    assert ("ready", ("Namespace/a is gone",)) == (stage.phases()["a"], drift_of(stage).found)
