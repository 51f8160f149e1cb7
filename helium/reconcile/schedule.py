"""When the control loop does what, for those without CI: a pass when main moved, an expiry after each interval.

Pure: it gets what the loop sees, and answers with the next step. After each failure it waits longer, up to a bound, and
never in step with other loops that failed at the same moment.
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
class ScheduleState:
    """The head that was passed last, when files last expired, the failures in a row, and until when to wait."""

    passed_head: str | None = None
    expired_at: datetime | None = None
    failures: int = 0
    wait_until: datetime | None = None


def next_step(state: ScheduleState, *, head: str, now: datetime, interval: timedelta) -> Step:
    """Nothing, a pass, or an expiry with its pass."""
    if state.wait_until is not None and now < state.wait_until:
        return Step.WAIT
    if state.expired_at is None or now - state.expired_at >= interval:
        return Step.EXPIRE
    return Step.WAIT if state.passed_head == head else Step.PASS


def after_success(state: ScheduleState, done: Step, *, head: str, now: datetime) -> ScheduleState:
    """After a step that ended well at a head."""
    return ScheduleState(head, now if done is Step.EXPIRE else state.expired_at)


def after_failure(state: ScheduleState, *, now: datetime, chance: float) -> ScheduleState:
    """After a failure. `chance`, from 0 to 1, moves the wait within its upper half."""
    failures = state.failures + 1
    wait = min(LONGEST, FIRST * 2 ** min(failures, _DOUBLINGS)) * (0.5 + chance / 2)
    return ScheduleState(state.passed_head, state.expired_at, failures, now + wait)
