"""A machine of random edits, passes, kills, expiries, reverts, clock jumps and pauses.

It is held to what docs/how-it-works/deleting.md promises.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from helium.core.fleet_record import Pause
from helium.core.plan import Code, Overrides, Plan
from helium.core.record import Phase
from helium.core.run import Run
from helium.errors import EngineError, LeaseTakenError
from helium.reconcile.guard import deletes_digest
from helium.reconcile.loop import Pass, PassOptions
from tests.crash.killable import Fate, Killed, killable
from tests.crash.oracle import Oracle
from tests.reconcile.harness import SETTINGS, Stage

LIMIT = 2
NAMES = st.sampled_from(["a", "b", "c", "d"])
ENDS = {"file-removed", "replaced", "expired", "deadline-moved", "gone"}


class CrashMachine(RuleBasedStateMachine):
    """A fleet on the fakes, people who edit it, and passes that may die."""

    steps: ClassVar[int] = 0
    passes: ClassVar[int] = 0
    kills: ClassVar[int] = 0
    destroys: ClassVar[int] = 0

    @initialize()
    def founded(self) -> None:
        """A fleet with one protected workspace that nobody touches."""
        self.stage = Stage()
        self.stage.repo.land({"helium.yaml": SETTINGS + b"limits: {deletes: %d, parallel: 1}\n" % LIMIT})
        self.oracle = Oracle(LIMIT)
        self.dead: set[int] = set()
        self.log: list[object] = []
        self.known: set[str] = set()
        self.judged = 0
        self._land("anchor", days=80, protected=True, version="1")
        self.passes_by()

    def _land(self, name: str, *, days: float, protected: bool, version: str) -> None:
        deadline = self.stage.now + timedelta(days=days)
        text = f"expiry: {deadline:%Y-%m-%dT%H:%M:%SZ}\npachdVersion: '{version}'\n" + "protected: true\n" * protected
        self.stage.land({f"{name}.yaml": text})
        self.oracle.of(name).lands(text, deadline)

    @rule(name=NAMES, days=st.sampled_from([0.1, 1.0, 5.0]), protected=st.booleans(), version=st.sampled_from("12"))
    def lands(self, name: str, days: float, protected: bool, version: str) -> None:
        """Somebody writes a file, new or changed."""
        self._land(name, days=days, protected=protected and version == "2", version=version)

    @rule(name=NAMES)
    def removes(self, name: str) -> None:
        """Somebody takes a file away."""
        if self.oracle.of(name).text is not None:
            self.stage.land({f"{name}.yaml": None})
            self.oracle.of(name).goes()

    @rule(name=NAMES)
    def reverts(self, name: str) -> None:
        """The file that the workspace was made from comes back."""
        wanted = self.oracle.of(name)
        if wanted.text is None and wanted.made_from:
            self.stage.land({f"{name}.yaml": wanted.made_from})
            wanted.reverts()

    @rule(name=NAMES, looks=st.integers(1, 2))
    def a_revert_in_time(self, name: str, looks: int) -> None:
        """A file goes while the fleet is paused, passes see that, and it is back before anything was done."""
        if self.oracle.of(name).text is None or self.oracle.of(name).broken:
            return
        self.passes_by()
        self.pauses(on=True)
        self.removes(name)
        for _ in range(looks):
            self.passes_by()
        self.reverts(name)
        self.pauses(on=False)
        self.passes_by()

    @rule(names=st.sets(NAMES, max_size=2))
    def a_day_later(self, names: set[str]) -> None:
        """A day on which only some files went, and passes came by."""
        for name in names:
            self.removes(name)
        self.passes_by()
        self.stage.now += timedelta(hours=25)
        self.passes_by()

    @rule()
    def all_go_at_once(self) -> None:
        """Somebody takes every file away but the anchor's."""
        self.passes_by()
        for name in "abcd":
            self.removes(name)
        self.passes_by()

    @rule(name=NAMES)
    def breaks(self, name: str) -> None:
        """Somebody lands a torn file over it."""
        if self.oracle.of(name).text is not None:
            self.stage.land({f"{name}.yaml": "expiry: [\n"})
            self.oracle.of(name).breaks()

    @rule(hours=st.sampled_from([1, 8, 30, -2]))
    def the_clock_moves(self, hours: int) -> None:
        """Time goes by, or somebody sets the clock back."""
        self.stage.now += timedelta(hours=hours)

    @rule(on=st.booleans())
    def pauses(self, on: bool) -> None:
        """Somebody pauses the fleet, or ends that."""
        snapshot = self.stage.ledger.snapshot
        assert snapshot.fleet_record is not None
        now = self.stage.now
        pause = Pause("ada@example.com", "an incident", now, now + timedelta(hours=2)) if on else None
        self.stage.ledger.snapshot = replace(snapshot, fleet_record=replace(snapshot.fleet_record, pause=pause))

    @rule(name=NAMES, method=st.sampled_from(["up", "destroy", "remove"]))
    def the_cloud_fails(self, name: str, method: str) -> None:
        """One operation of one pass acts, and is said to have failed."""
        self.stage.engine.errors[method, name] = EngineError(name, "the answer was lost")
        self.passes_by()
        self.stage.engine.errors.clear()

    @rule(at=st.integers(3, 40), after=st.booleans())
    def a_pass_is_killed(self, at: int, after: bool) -> None:
        """SIGKILL at some call to a port, before or after it acted."""
        self._watched(Fate(at, after))

    @rule()
    def passes_by(self) -> None:
        """A pass that nobody disturbs."""
        self._watched(Fate())

    @rule(at=st.integers(0, 40), forced=st.booleans())
    def two_passes_at_once(self, at: int, forced: bool) -> None:
        """Another pass begins and ends (or dies) once this one has planned; the lease may be taken off it by force."""

        class ShownPlan(list[object]):
            """Where the plan is shown."""

            def append(self, plan: object) -> None:
                """The rival's turn."""
                machine.stage.shown = []
                machine._watched(Fate(at), alive=forced)
                if forced:
                    machine._free()

        machine, self.stage.shown = self, ShownPlan()  # type: ignore[assignment]
        self._watched(Fate())

    def _free(self) -> None:
        snapshot = self.stage.ledger.snapshot
        assert snapshot.fleet_record is not None
        self.stage.ledger.snapshot = replace(snapshot, fleet_record=replace(snapshot.fleet_record, lease=None))

    def _watched(self, fate: Fate, *, overrides: Overrides | None = None, alive: bool = False) -> Plan | None:
        """One pass, judged call by call: whatever it takes away must be given up by somebody."""
        stage = self.stage
        stage.now += timedelta(minutes=1)
        stage.ids += 1
        pid = 1000 + stage.ids
        me = Run(f"run-{stage.ids}", "host-1", pid, "boot-1", gone=self.dead.__contains__)
        now = stage.now
        guarded = {
            id.name: bool(held.ownership and held.ownership.protected) for id, held in stage.engine.stacks.items()
        }
        ports = killable(stage.ports(), fate)
        shown: list[Plan] = []

        def show(plan: Plan) -> None:
            shown.append(plan)
            stage.shown.append(plan)

        type(self).passes += 1
        try:
            Pass(ports, me, stage.progress, lambda: stage.now, show).go(PassOptions(overrides=overrides or Overrides()))
        except Killed:
            type(self).kills += 1
        except (LeaseTakenError, EngineError):
            pass
        if not alive:
            self.dead.add(pid)
        self._judge(guarded, now=now, allowed=overrides is not None)
        return shown[0] if shown else None

    def _judge(self, guarded: dict[str, bool], *, now: datetime, allowed: bool) -> None:
        """All calls that were not judged yet: a rival's were, when it ended."""
        calls, self.judged = self.stage.engine.calls[self.judged :], len(self.stage.engine.calls)
        for method, name in calls:
            if method == "up":
                self.oracle.of(name).ups()
                guarded[name] = False
            if method == "destroy":
                type(self).destroys += 1
                objection = self.oracle.objection(name, protected=guarded.get(name, False), now=now)
                assert objection == "", f"{name} was destroyed at {now}, but {objection}"
                if not allowed:
                    self.oracle.goes(name, now)
                self.oracle.of(name).begun = True

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every stack has a record; who had one has it still, or the log tells its end; the log only grows."""
        type(self).steps += 1
        if not hasattr(self, "stage"):
            return
        ledger, records = self.stage.ledger, self.stage.phases()
        self.known |= set(records)
        ended = {line.name for line in ledger.lines if line.code in ENDS}
        held = {id.name for id, stack in self.stage.engine.stacks.items() if not stack.is_empty}

        assert held <= set(records), "a stack has no record"
        assert self.known <= set(records) | ended, "a record went without a word"
        assert ledger.lines[: len(self.log)] == self.log, "the log was rewritten"
        assert self.oracle.too_many == set()
        self.log = list(ledger.lines)
        for name, phase in records.items():
            if phase == Phase.DELETING:
                self.oracle.of(name).begun = True

    def teardown(self) -> None:
        """Left alone, with everything allowed that a person can allow, it settles into what the files say."""
        if not hasattr(self, "stage"):
            return
        self.stage.shown = []
        self.pauses(on=False)
        for _ in range(8):
            self.stage.now += timedelta(hours=2)
            plan = self._watched(Fate(), overrides=self._allowing())
        assert plan is not None
        assert plan.work == (), f"it does not settle: {plan.work}"
        for name, wanted in self.oracle.wanted.items():
            self._resolved(name, whole=bool(wanted.text) and not wanted.broken, over=wanted.expired(self.stage.now))

    def _allowing(self) -> Overrides:
        """What a person says who has read the plan."""
        plan = self._watched(Fate(at=10_000))
        refused = [refusal for refusal in plan.refusals if refusal.code is Code.TOO_MANY] if plan else []
        digest = deletes_digest(refused[0].names) if refused else None
        return Overrides(allow_deletes=digest, clock_is_right=True)

    def _resolved(self, name: str, *, whole: bool, over: bool) -> None:
        record = self.stage.record(name)
        if record is not None and record.protected:
            return
        there = name in self.stage.stacks()
        # A deadline that no pass read before the file was broken is nobody's.
        over = over and (whole or record is None or record.deadline <= self.stage.now)
        if whole and not over:
            assert (True, "ready") == (there, self.stage.phases().get(name)), f"{name} should be there"
        elif over or self.oracle.of(name).text is None:
            assert not there, f"{name} should be gone: {record}"


def play(machine: type[CrashMachine], *, examples: int) -> None:
    """Runs of forty steps, the same ones wherever they are played."""
    many = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
    )
    run_state_machine_as_test(machine, settings=many)


SHORT = 12
LONG = pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])
"""A walk for `make test-slow`; the first of its examples are those of the short one."""


@pytest.mark.parametrize("examples", [SHORT, LONG])
def test_the_machine_holds(examples: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever people, clocks and kills do, nothing is destroyed that nobody gave up, and no record is lost."""
    play(CrashMachine, examples=examples)
    with capsys.disabled():
        seen = CrashMachine
        counts = f"{seen.steps} steps, {seen.passes} passes, {seen.kills} kills, {seen.destroys} destroys"
        sys.stdout.write(f" [{counts}] ")
