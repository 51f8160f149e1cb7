"""Somebody presses for another attempt, and passes die: it is made, and made once for one press."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from helium.core.log_line import ORDERED
from helium.core.record import Phase, Record
from helium.core.summary import summary
from helium.edits import Requester, retry_writes
from helium.errors import EngineError, LeaseTakenError
from helium.ports.ledger import Writes
from helium.reconcile.loop import PassOptions
from tests.builders import FLEET
from tests.crash.killable import Fate, Killed, killable
from tests.reconcile.timed_workers import TimedStage, TimedWorkers

ADA = Requester("ada@example.com")
OWNED = "owner: ada@example.com\nexpiry: 2026-12-24\n"
MINUTE = timedelta(minutes=1)
PAST_LEASE = 17 * MINUTE
CALLS = range(1, 400)


class RetryStage(TimedStage):
    """Two workspaces. `a` has failed so often that it waits for an hour; the file of `b` has just changed."""

    def __init__(self) -> None:
        super().__init__()
        self.land({"a.yaml": OWNED, "b.yaml": OWNED})
        self.engine.errors["up", "a"] = EngineError("a", "no quota")
        self.pass_().go(PassOptions(parallel=1, once=True))
        # As seven more such passes would leave it.
        often = replace(self.known, attempts=8, next_attempt_at=self.now + timedelta(hours=1))
        self.ledger.write(Writes(records={"a": often}), on=self.ledger.read())
        self.now += 2 * MINUTE
        self.land({"b.yaml": f"{OWNED}description: more\n"})
        self.engine.calls.clear()

    @property
    def known(self) -> Record:
        """What the ledger says of `a`."""
        found = self.record("a")
        assert found is not None
        return found

    @property
    def tries(self) -> int:
        """How often the cloud was asked for `a` since then."""
        return self.calls_of("up").count("a")

    def press(self) -> None:
        """Ada presses the button, as the page and the commands write it."""
        snapshot = self.ledger.read()
        row = summary("a", None, record=self.known, addition=None, fleet=FLEET, now=self.now)
        writes = retry_writes(row, snapshot=snapshot, requester=ADA, by="Ada <ada@example.com>", now=self.now)
        assert writes is not None
        self.ledger.write(writes, on=snapshot)

    def dies(self, fate: Fate) -> bool:
        """Whether a pass with this fate died."""
        given = replace(self.pass_(), ports=killable(self.ports(), fate), workers=TimedWorkers(self))
        try:
            given.go(PassOptions(parallel=4))
        except Killed:
            return True
        return fate.dead

    def goes_on(self) -> None:
        """Other machines come, once the lease is over, and still within the hour that `a` would have waited."""
        for _ in range(2):
            self.now += PAST_LEASE
            try:
                replace(self.pass_(), workers=TimedWorkers(self)).go(PassOptions(parallel=4))
            except LeaseTakenError:
                continue


@dataclass(slots=True)
class PressedFate(Fate):
    """Somebody presses right before the pass makes its n-th call."""

    press: Callable[[], None] = lambda: None
    pressed_at: int = 0

    def meets(self) -> bool:
        """Count one call, after the press."""
        if not self.dead and self.calls + 1 == self.pressed_at:
            self.press()
        return Fate.meets(self)


def judge(world: RetryStage, *, told: str) -> str:
    """It was tried once; twice only where a pass died in the middle, so that nobody knows what the first try did."""
    before, cut_short = world.tries, world.known.phase not in (Phase.FAILED, Phase.READY)
    world.goes_on()
    expected = before + 1 if cut_short or not before else before
    assert expected == world.tries, f"{told}: {world.engine.calls}"
    assert 1 <= world.tries <= 2, told
    assert Phase.FAILED is world.known.phase, told
    assert world.known.next_attempt_at is not None, told
    assert 1 == sum(line.code == ORDERED for line in world.ledger.lines), told
    return "cut short" if cut_short else "after" if before else "before"


@pytest.mark.parametrize("after", [False, True])
def test_a_press_outlives_the_pass_that_was_to_take_it(after: bool) -> None:
    """The pass dies at each call to a port in turn: before it takes the note, in the middle of the try, and after."""
    words: Counter[str] = Counter()
    for at in CALLS:
        world = RetryStage()
        world.press()
        if not world.dies(Fate(at, after)):
            break
        words[judge(world, told=f"killed at call {at}")] += 1

    assert {"before", "cut short", "after"} == set(words), words


@pytest.mark.parametrize("later", [0, 2])
def test_a_press_during_a_pass_is_never_overwritten(later: int) -> None:
    """It comes right before each call of a pass that has read the ledger; the pass lives, or dies a few calls later."""
    words: Counter[str] = Counter()
    for at in CALLS:
        world = RetryStage()
        fate = PressedFate(at + later if later else 0, press=world.press, pressed_at=at)
        died = world.dies(fate)
        if fate.calls < at:
            break
        words[judge(world, told=f"pressed at call {at}, {'killed' if died else 'alive'}")] += 1

    assert words["before"], words
    assert sum(words.values()) > 5, words


def test_a_press_after_a_death_is_taken_by_the_next_pass() -> None:
    """While the lease of the dead pass is still there."""
    for at in CALLS:
        world = RetryStage()
        if not world.dies(Fate(at)):
            return
        world.press()
        judge(world, told=f"killed at call {at}")
