"""When the control plane does what, for those without CI: a head that moved is passed, an interval expires and passes.

Pure: it is told what it sees and answers with the next step. After a failure it waits longer each time, up to a bound,
and never at the beat of another that failed with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=5)
_DOUBLINGS = 8


class Step(StrEnum):
    """What comes next."""

    WAIT = "wait"
    PASS = "pass"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class LoopState:
    """How far it is: the head that was passed, when files last expired, failures in a row, and until when it waits."""

    head: str | None = None
    expired: datetime | None = None
    failures: int = 0
    until: datetime | None = None


def step(state: LoopState, *, head: str, now: datetime, interval: timedelta) -> Step:
    """Nothing, a pass, or an expiry with its pass."""
    if state.until is not None and now < state.until:
        return Step.WAIT
    if state.expired is None or now - state.expired >= interval:
        return Step.EXPIRE
    return Step.WAIT if state.head == head else Step.PASS


def passed(state: LoopState, done: Step, *, head: str, now: datetime) -> LoopState:
    """After a step that ended well at a head."""
    return LoopState(head, now if done is Step.EXPIRE else state.expired)


def failed(state: LoopState, *, now: datetime, chance: float) -> LoopState:
    """After a failure. `chance`, from 0 to 1, moves the wait within its upper half."""
    failures = state.failures + 1
    wait = min(LONGEST, FIRST * 2 ** min(failures, _DOUBLINGS)) * (0.5 + chance / 2)
    return LoopState(state.head, state.expired, failures, now + wait)
