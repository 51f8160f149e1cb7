"""The machine of random edits, kills and clocks, with passes that are split: shards die, come twice, late or never."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from helium.core.run import Run
from helium.core.sharded_plan import Shard
from helium.errors import EngineError, LeaseTakenError
from helium.reconcile.loop import Pass, PassOptions
from helium.reconcile.shards import Shards
from tests.crash.killable import Fate, Killed, killable
from tests.crash.test_machine import LONG, NAMES, SHORT, CrashMachine, play

EDITS = st.dictionaries(NAMES, st.sampled_from(["", "1", "2"]), min_size=1)
"""Files that land with a version, or go."""
STEPS = st.sampled_from(["1/2", "2/2", "close"])


class ShardedMachine(CrashMachine):
    """As the machine, and one more thing that happens to it."""

    steps: ClassVar[int] = 0
    passes: ClassVar[int] = 0
    kills: ClassVar[int] = 0
    destroys: ClassVar[int] = 0
    splits: ClassVar[int] = 0

    @rule(
        course=st.one_of(st.just(["1/2", "2/2", "close"]), st.lists(STEPS, max_size=5)),
        dies=st.integers(0, 5),
        fate=st.tuples(st.integers(1, 30), st.booleans()),
        between=st.sampled_from(["", "", "a pass", "half an hour", "force"]),
        edits=EDITS,
    )
    def a_pass_in_steps(
        self, *, course: list[str], dies: int, fate: tuple[int, bool], between: str, edits: dict[str, str]
    ) -> None:
        """Somebody edits; then steps in any order, one of which is killed, with something else in between."""
        for name, version in edits.items():
            if version:
                self._land(name, days=5, protected=False, version=version)
            else:
                self.removes(name)
        commit = self._split(Fate(*fate) if dies == 0 else Fate())
        for turn, step in enumerate(course if commit else [], start=1):
            self._judged(self._step(commit, step, Fate(*fate) if turn == dies else Fate()))
            if turn == 1:
                self._meanwhile(between)
        # A pass that was not closed holds its lease so long, and the other rules want passes that get through.
        self.stage.now += timedelta(minutes=26)

    def _meanwhile(self, what: str) -> None:
        if what == "half an hour":
            self.stage.now += timedelta(minutes=30)
        if what == "force":
            self._free()
        if what:
            self.passes_by()

    def _split(self, fate: Fate) -> str:
        """Plan; the commit to go on from, where it came to that."""
        stage, left = self.stage, [""]
        stage.now += timedelta(minutes=1)
        stage.ids += 1
        me = Run(f"run-{stage.ids}", "host-1", 1000 + stage.ids, "boot-1", gone=self.dead.__contains__)
        self.dead.add(me.pid)

        def plan() -> None:
            one = Pass(killable(stage.ports(), fate), me, stage.progress, lambda: stage.now, stage.shown.append)
            left[0] = one.go(PassOptions(sharded=True)).sharded

        self._judged(plan)
        type(self).splits += bool(left[0])
        return left[0]

    def _step(self, commit: str, step: str, fate: Fate) -> Callable[[], object]:
        """A shard's part, or the end, on a machine of its own."""
        stage = self.stage
        me = Run("job", f"host-{step}", 7, "boot-7", gone=lambda pid: False)
        shards = Shards(killable(stage.ports(), fate), me, stage.progress, lambda: stage.now, stage.ledger.plan(commit))
        if step == "close":
            return shards.close
        return lambda: shards.carry_out(Shard(int(step[0]), 2))

    def _judged(self, act: Callable[[], object]) -> None:
        """Whatever it takes away must be given up by somebody."""
        engine = self.stage.engine
        guarded = {id.name: bool(held.ownership and held.ownership.protected) for id, held in engine.stacks.items()}
        now = self.stage.now
        type(self).passes += 1
        try:
            act()
        except Killed:
            type(self).kills += 1
        except (LeaseTakenError, EngineError):
            pass
        self._judge(guarded, now=now, allowed=False)


@pytest.mark.parametrize("examples", [SHORT, LONG])
def test_the_machine_holds_with_shards_too(examples: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever becomes of the steps of a pass, nothing is destroyed that nobody gave up, and no record is lost."""
    play(ShardedMachine, examples=examples)
    with capsys.disabled():
        seen = ShardedMachine
        counts = f"{seen.steps} steps, {seen.splits} splits, {seen.passes} passes and parts, {seen.kills} kills"
        sys.stdout.write(f" [{counts}, {seen.destroys} destroys] ")
