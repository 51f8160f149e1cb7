"""The machine's small sister on the real engine, the real ledger and the real sandbox: edits, passes, kills, time."""

from __future__ import annotations

import random
import sys
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.crash.ground import ground
from tests.crash.lane import Lane
from tests.crash.points import ACTORS, OPERATIONS, Point
from tests.crash.truth import shape


class Walk(RuleBasedStateMachine):
    """One ground, walked over; at the end it is left alone, and everything must be as the files say."""

    steps: ClassVar[int] = 0
    kills: ClassVar[int] = 0
    folder: ClassVar[Path]

    @initialize(shared=st.booleans())
    def founded(self, shared: bool) -> None:
        """Two workspaces that nobody touches."""
        self.closing = ExitStack()
        where = Path(tempfile.mkdtemp(dir=self.folder)) / "ground"
        self.lane = Lane(self.closing.enter_context(ground(where, shared=shared)), random.Random(1))
        self.lane.furnish()

    @rule(operation=st.sampled_from(OPERATIONS))
    def somebody_asks(self, operation: str) -> None:
        """A file lands, changes, goes, or goes and comes back as another."""
        self.lane.begin(operation)

    @rule()
    def a_pass(self) -> None:
        """A pass that nobody disturbs."""
        self.lane.place.pass_()

    @rule(actor=st.sampled_from(ACTORS), delay=st.floats(0.1, 4), operation=st.sampled_from(OPERATIONS))
    def a_kill(self, actor: str, delay: float, operation: str) -> None:
        """Somebody asks, and the pass that carries it out is killed, or loses one of its own."""
        type(self).kills += self.lane.cut(Point(operation, actor, delay=delay))

    @rule(hours=st.sampled_from([1, 30]))
    def time_goes_by(self, hours: int) -> None:
        """Nothing expires by it: every file has weeks to go."""
        self.lane.place.ahead += timedelta(hours=hours)

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every stack has a record, and those that nobody touches are as they were."""
        type(self).steps += 1
        if not hasattr(self, "lane"):
            return
        place, things = self.lane.place, self.lane.place.things()
        assert place.stacks() <= set(place.records())
        for name in sorted(self.lane.beings)[:2]:
            being = self.lane.beings[name]
            assert self.lane.shapes[being.version, being.noted] == shape(things, name)

    def teardown(self) -> None:
        """It settles."""
        if hasattr(self, "lane"):
            self.lane.settle()
            left = self.lane.alone()
            faults = self.lane.verdict().faults
            self.closing.close()
            assert ([], []) == (faults, left)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_walk_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the real thing too nothing is lost, leaked or destroyed that nobody gave up."""
    Walk.folder = tmp_path
    few = settings(
        max_examples=2,
        stateful_step_count=8,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(Walk, settings=few)
    with capsys.disabled():
        sys.stdout.write(f" [{Walk.steps} steps, {Walk.kills} kills] ")
