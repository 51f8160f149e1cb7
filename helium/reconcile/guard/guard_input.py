"""What every brake looks at, and what a brake is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Overrides, Plan, Refusal
from helium.core.record import Record
from helium.core.spec import REQUESTED_VIA


@dataclass(frozen=True, slots=True)
class GuardInput:
    """What every brake looks at: the plan as the brakes before it left it, the facts, and what a person allowed."""

    plan: Plan
    observed: Observation
    overrides: Overrides

    @property
    def work(self) -> tuple[str, ...]:
        """The names of all that would be applied."""
        return tuple(change.name for change in self.plan.work)

    @property
    def taking(self) -> tuple[str, ...]:
        """The names of all that would be taken away, or replaced."""
        return tuple(change.name for change in self.plan.taking)

    @property
    def unrequested(self) -> tuple[Destroy, ...]:
        """All destroys that neither time nor a person explains."""
        destroys = (change for change in self.plan.destroys if change.origin not in REQUESTED_VIA)
        return tuple(change for change in destroys if change.code is not Code.EXPIRED)

    def record(self, name: str) -> Record | None:
        """The record, if there is one that can be read."""
        record = self.observed.records.get(name)
        return record if isinstance(record, Record) else None


Safeguard = Callable[[GuardInput], Iterator[Refusal]]
"""Says what may not be done, with the names of it; silent when it has nothing against the plan."""
