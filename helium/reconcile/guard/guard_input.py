"""What every safeguard looks at, and what a safeguard is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from helium.core.digest import digest
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Overrides, Plan, Refusal
from helium.core.record import Record
from helium.core.spec import REQUESTED_VIA


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
    def unrequested(self) -> tuple[Destroy, ...]:
        """The destroys that neither a deadline nor a person's request explains."""
        destroys = (change for change in self.plan.destroys if change.origin not in REQUESTED_VIA)
        return tuple(change for change in destroys if change.code is not Code.EXPIRED)

    @property
    def unrequested_names(self) -> tuple[str, ...]:
        """The names of those destroys."""
        return tuple(change.name for change in self.unrequested)

    @property
    def release(self) -> str:
        """The override that allows exactly those destroys, whichever safeguard holds them."""
        return f"--allow-deletes {deletes_digest(self.unrequested_names)}"

    @property
    def released(self) -> bool:
        """Whether a person allowed exactly those destroys, for this one pass."""
        return self.overrides.allow_deletes == deletes_digest(self.unrequested_names)

    def record(self, name: str) -> Record | None:
        """The record of a name, if there is one that can be read."""
        record = self.observed.records.get(name)
        return record if isinstance(record, Record) else None


def deletes_digest(names: Iterable[str]) -> str:
    """What `--allow-deletes` takes: the digest of exactly those names."""
    return digest(sorted(names))[:16]


Safeguard = Callable[[GuardInput], Iterator[Refusal]]
"""Says what may not be done, and for which names; it yields nothing when it has nothing against the plan."""
