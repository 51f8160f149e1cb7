"""What a person selected for one pass: which names, which commit, what to roll."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helium.core.plan import Plan, Work


@dataclass(frozen=True, slots=True)
class Selection:
    """`ref`: another commit than main, for a plan only; `names`: apply only these (none: all of them).

    `merged`: that commit is what main would be with a branch merged, so it counts as main. `roll` and `roll_all`: names
    to update to today's program and charts. `lost_clusters`: names whose cluster a person says is gone for ever.
    """

    ref: str | None = None
    merged: bool = False
    names: frozenset[str] = frozenset()
    roll: frozenset[str] = frozenset()
    roll_all: bool = False
    lost_clusters: frozenset[str] = frozenset()

    def work_of(self, plan: Plan) -> tuple[Work, ...]:
        """The selected part of a plan's work."""
        return tuple(change for change in plan.work if not self.names or change.name in self.names)
