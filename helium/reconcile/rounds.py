"""When a pass looks again, what it leaves alone meanwhile, and when it begins nothing more.

Pure: it is told what happened, and when, in seconds of the workers' clock. It refuses to be a hot loop: two rounds are
at least two seconds and five times the last look apart, and what was put back waits longer each time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from helium.core.fleet import Fleet, PassSchedule
from helium.core.fleet_record import FleetRecord, Pause, Waiting
from helium.core.observation import Observation, Recipe
from helium.core.plan import Code, Destroy, Outcome, Work
from helium.core.record import Record

NEVER = datetime.max.replace(tzinfo=UTC)
SHORTEST = 2.0
"""Seconds between two rounds, at least."""
FACTOR = 5.0
"""A pass spends at most this part of its time on looking."""
_FIRST_WAIT, _LONGEST_WAIT = 60.0, 3600.0
NOT_AT_ONCE = (Code.BUSY.value, Code.CLUSTER_CHANGED.value, Code.WOULD_REPLACE.value)
"""Outcomes whose reason is not gone a moment later: somebody else's lock or cluster, or what a person has to allow."""


Identity = tuple[str, str | None, datetime | None]
"""What tells one change of a name from the next: its kind, its file's blob, and which incarnation it destroys."""


def _identity(change: Work) -> Identity:
    return change.kind, change.blob, change.added_at if isinstance(change, Destroy) else None


@dataclass(frozen=True, slots=True)
class PutBack:
    """A change that was put back so many times; it waits `until` then, or until it is another change."""

    times: int
    until: float
    change: Identity


@dataclass(slots=True)
class Rounds:
    """The rounds of one pass. `drains`: why it begins nothing more, whatever happens; `to_end`: why it is to end.

    `failed`: how many rounds in a row could not read everything, or not announce what they had chosen.
    """

    take_until: float
    drains: str = ""
    to_end: str = ""
    _goes_on_until: float = math.inf
    next_at: float = 0.0
    failed: int = 0
    _ask_at: float = 0.0
    _looked_at: float = 0.0
    _put_back: dict[str, PutBack] = field(default_factory=dict)
    _done: dict[str, Identity] = field(default_factory=dict)
    _again: set[tuple[str, Identity | None]] = field(default_factory=set)
    _asked_for: set[tuple[str, datetime]] = field(default_factory=set)

    def looked(self, began: float, *, now: float) -> None:
        """A round's look has ended."""
        self._looked_at = began
        self.next_at = began + max(SHORTEST, FACTOR * (now - began))

    def look_failed(self, *, now: float) -> None:
        """A round could not see everything, and waits: two seconds, four, up to a minute."""
        self.failed += 1
        self.next_at = now + min(SHORTEST * 2 ** min(self.failed, 5), 60.0)

    def asks(self, now: float) -> bool:
        """Whether it is time to ask if somebody calls: main, a waiter, a pause."""
        return now >= self._ask_at

    def asked(self, began: float, *, now: float) -> None:
        """That was asked, and took so long."""
        self._ask_at = began + max(1.0, FACTOR * (now - began))

    def ended(self, change: Work, outcome: Outcome, *, now: float) -> None:
        """A change has ended. What did not end well is begun once more, and must not be begun again at once for ever.

        What is surely in its way a moment later makes it wait from the first time on.
        """
        if outcome.ok:
            self._put_back.pop(change.name, None)
            self._done[change.name] = _identity(change)
        else:
            self.put_back(change, now=now, at_once=outcome.code not in NOT_AT_ONCE)

    def unwritten(self, names: Collection[str]) -> None:
        """Somebody else has changed these records, so how their changes ended is not written: each is made once more.

        No more often, or a record that somebody changes all the time would keep the pass at work for ever.
        """
        for name in names:
            again = name, self._done.get(name)
            if again[1] is not None and again not in self._again:
                self._again.add(again)
                del self._done[name]

    def put_back(self, change: Work, *, now: float, at_once: bool = True) -> None:
        """A change was not made. `at_once`: the first time it may be begun again without a wait."""
        before = self._put_back.get(change.name)
        times = before.times + 1 if before else 1
        doublings = times - 1 - at_once
        wait = 0.0 if doublings < 0 else min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(doublings, 10))
        self._put_back[change.name] = PutBack(times, now + wait, _identity(change))

    def due(self, work: Sequence[Work], *, now: float) -> tuple[Work, ...]:
        """The work that need not wait any longer. What ended well once is not done again by the same pass.

        Who says "removed" of a stack that is listed afterwards would be asked for ever.
        """
        return tuple(
            change
            for change in work
            if not self._waits(change, now) and self._done.get(change.name) != _identity(change)
        )

    def _waits(self, change: Work, now: float) -> bool:
        known = self._put_back.get(change.name)
        return known is not None and known.change == _identity(change) and now < known.until

    def asked_again(self, observed: Observation) -> None:
        """Somebody wants another attempt at what failed: it waits no longer, once for each failure."""
        for record in observed.records.values():
            if not isinstance(record, Record) or not record.error or record.next_attempt_at is not None:
                continue
            failure = record.name, record.updated_at
            if failure not in self._asked_for:
                self._asked_for.add(failure)
                self._put_back.pop(record.name, None)

    def put_back_is_due(self, now: float) -> bool:
        """Whether something that waited since the last look need not wait any longer."""
        return any(self._looked_at < each.until <= now for each in self._put_back.values())

    def is_to_end(self, why: str, *, now: float, longest: float) -> None:
        """Its time is over, or another pass waits. It ends as soon as it can; it begins nothing `longest` from now."""
        if why and not self.to_end:
            self.to_end, self._goes_on_until = why, now + longest

    def rests(self, now: float, *, slow: bool) -> str:
        """Why nothing is begun now. A pass that is to end begins more while something slow keeps it from ending."""
        return self.drains or ("" if slow and now < self._goes_on_until else self.to_end)

    def overdue(self, now: float) -> bool:
        """Whether the pass has taken work for long enough, and does not know it yet."""
        return now >= self.take_until and not self.to_end


def next_due(observed: Observation, now: datetime) -> datetime:
    """When the plan changes though nobody does anything: a deadline, a grace, a retry or the end of a pause."""
    records = [each for each in observed.records.values() if isinstance(each, Record) and each.emptied is None]
    pause = observed.fleet_record.pause if observed.fleet_record else None
    instants = [*(each.deadline for each in records), *(each.next_attempt_at for each in records)]
    if grace := observed.fleet.limits.grace:
        begins = (each for record in records for each in (record.due, record.deadline) if each is not None)
        instants += [begin + grace for begin in begins]
    instants.append(pause.until if pause else None)
    return min((each for each in instants if each is not None and each > now), default=NEVER)


def asked_of(fleet_record: FleetRecord | None) -> tuple[Pause | None, Waiting | None, int]:
    """What people and other passes ask of a pass."""
    return (fleet_record.pause, fleet_record.waiting, fleet_record.ordered) if fleet_record else (None, None, 0)


def why_it_drains(first: Observation, later: Observation) -> str:
    """Why a pass that began with `first` begins nothing of what it sees `later`, or nothing."""
    # As a rule nothing has changed at all, and that is quickly seen.
    if later.fleet != first.fleet and _kept(later.fleet) != _kept(first.fleet):
        return "helium.yaml has changed on main"
    if _made_with(later) != _made_with(first):
        return "the backends have changed on main"
    return ""


def _kept(fleet: Fleet) -> Fleet:
    """What a pass keeps as it was when it began. The rest is for people in a hurry, and each round reads it again."""
    rest = replace(fleet, paused=False, write="", admins=(), people={}, schedule=PassSchedule())
    rest = replace(rest, teams={}, managers={}, rates=None, notify=None, sign_in=None)
    # Who may ask for what, and by which pull request, is no affair of a pass.
    rest = replace(rest, write_interval=timedelta(0), routine=None, jobs=None)
    return replace(rest, limits=replace(fleet.limits, deletes=0, per_owner=None, per_team=None, fleet=None))


def _made_with(observed: Observation) -> Mapping[str, Recipe]:
    # Where a program lies on this machine, and what it is said to take, says nothing of what it makes.
    return {name: replace(recipe, folder="", amounts=None) for name, recipe in observed.recipes.items()}
