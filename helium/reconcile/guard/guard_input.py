"""What every safeguard looks at, and what a safeguard is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from helium.core.digest import digest
from helium.core.grace import grace_ends, with_due
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Overrides, Plan, Refusal
from helium.core.record import Record
from helium.core.spec import RELEASED, REQUESTED_VIA, UNDECIDED, UNREVIEWED
from helium.reconcile.guard.clock import believed_time, clock_problem


@dataclass(frozen=True, slots=True)
class GuardInput:
    """The plan as the safeguards before this one left it, what was observed, and what a person allowed."""

    plan: Plan
    observed: Observation
    overrides: Overrides

    @property
    def work(self) -> tuple[str, ...]:
        """The names of everything that would be applied."""
        return tuple(change.name for change in self.plan.work)

    @property
    def may_delete(self) -> tuple[str, ...]:
        """The names of everything that would be destroyed or replaced."""
        return tuple(change.name for change in self.plan.may_delete)

    @property
    def clock_problem(self) -> str:
        """What makes the time of this plan doubtful, or nothing."""
        return clock_problem(self.observed, self.plan.now)

    @property
    def believed_time(self) -> datetime:
        """The plan's time, or the last one that was believed. A person may have said that the clock is right."""
        return self.plan.now if self.overrides.clock_is_right else believed_time(self.observed, self.plan.now)

    @property
    def unrequested(self) -> tuple[Destroy, ...]:
        """The destroys that neither a deadline nor a person's request explains. By a doubtful clock none expired."""
        expired = () if self.clock_problem else (Code.EXPIRED,)
        destroys = (change for change in self.plan.destroys if change.code not in expired)
        return tuple(change for change in destroys if change.code is Code.EXPIRED or not _requested(change))

    @property
    def unrequested_names(self) -> tuple[str, ...]:
        """The names of those destroys."""
        return tuple(change.name for change in self.unrequested)

    @property
    def unreviewed_names(self) -> tuple[str, ...]:
        """The names that go for a removal that nobody was shown, or whose pull request cannot be read now."""
        return tuple(change.name for change in self.unrequested if change.origin in (UNREVIEWED, UNDECIDED))

    @property
    def released_names(self) -> tuple[str, ...]:
        """The names that a person allowed to go, for this one pass."""
        each = (self.unrequested_names, self.unreviewed_names, tuple(self.waiting))
        return next((names for names in each if names and self.allows(names)), ())

    @property
    def waiting(self) -> Mapping[str, datetime]:
        """The names whose destroy waits for the end of a grace, each with that moment."""
        ends = {change.name: self._grace_ends(change) for change in self.plan.destroys}
        return {name: until for name, until in ends.items() if until is not None}

    def _grace_ends(self, change: Destroy) -> datetime | None:
        record, observed = self.record(change.name), self.observed
        # Whoever says that its cluster is gone for ever, or allowed this end by name, has looked.
        if record is None or change.origin == RELEASED or change.name in observed.lost_clusters:
            return None
        now = self.believed_time
        return grace_ends(with_due(record, observed, now=now), fleet=observed.fleet, now=now)

    @property
    def release(self) -> str:
        """The override that allows exactly those destroys, whichever safeguard holds them."""
        return release_of(self.unrequested_names)

    @property
    def released(self) -> bool:
        """Whether a person allowed exactly those destroys, for this one pass."""
        return self.allows(self.unrequested_names)

    def allows(self, names: Iterable[str]) -> bool:
        """Whether a person allowed exactly the destroys of these names, for this one pass."""
        return self.overrides.allow_deletes == deletes_digest(names)

    def record(self, name: str) -> Record | None:
        """The record of a name, if there is one that can be read."""
        record = self.observed.records.get(name)
        return record if isinstance(record, Record) else None


def _requested(change: Destroy) -> bool:
    return change.origin in REQUESTED_VIA


def deletes_digest(names: Iterable[str]) -> str:
    """What `--allow-deletes` takes: the digest of exactly those names."""
    return digest(sorted(names))[:16]


def release_of(names: Iterable[str]) -> str:
    """The override that allows exactly the destroys of these names."""
    return f"--allow-deletes {deletes_digest(names)}"


Safeguard = Callable[[GuardInput], Iterator[Refusal]]
"""Says what may not be done, and for which names; it yields nothing when it has nothing against the plan."""
