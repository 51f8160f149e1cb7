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
class Standing:
    """How far it is: the head that was passed, when files last expired, failures in a row, and until when it waits."""

    head: str | None = None
    expired: datetime | None = None
    failures: int = 0
    until: datetime | None = None


def step(standing: Standing, *, head: str, now: datetime, interval: timedelta) -> Step:
    """Nothing, a pass, or an expiry with its pass."""
    if standing.until is not None and now < standing.until:
        return Step.WAIT
    if standing.expired is None or now - standing.expired >= interval:
        return Step.EXPIRE
    return Step.WAIT if standing.head == head else Step.PASS


def passed(standing: Standing, done: Step, *, head: str, now: datetime) -> Standing:
    """After a step that ended well at a head."""
    return Standing(head, now if done is Step.EXPIRE else standing.expired)


def failed(standing: Standing, *, now: datetime, chance: float) -> Standing:
    """After a failure. `chance`, from 0 to 1, moves the wait within its upper half."""
    failures = standing.failures + 1
    wait = min(LONGEST, FIRST * 2 ** min(failures, _DOUBLINGS)) * (0.5 + chance / 2)
    return Standing(standing.head, standing.expired, failures, now + wait)
