"""How to pass, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from helium.core.plan import Outcome, Overrides, Plan
from helium.reconcile.load import Selection

TAKE_UNTIL = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PassOptions:
    """How to pass. `dry`: show only; `sharded`: announce the work and leave it for shards; `once`: one round.

    `wait`: how long to wait for another pass's lease; `parallel`: how many stacks at once. `take_until`: after so long
    it begins nothing more, and ends when all that runs has ended.
    """

    selection: Selection = field(default_factory=Selection)
    overrides: Overrides = field(default_factory=Overrides)
    dry: bool = False
    sharded: bool = False
    once: bool = False
    wait: timedelta = timedelta(0)
    take_until: timedelta = TAKE_UNTIL
    parallel: int | None = None

    @property
    def looks_for_drift(self) -> bool:
        """Whether the pass also looks for drift, once all is done: not where a person asked for something else."""
        return not (self.once or self.dry or (self.selection, self.overrides) != (Selection(), Overrides()))

    @property
    def one_plan(self) -> bool:
        """Whether the pass carries out the plan that it shows first, and nothing that it would find later."""
        chosen = (self.selection, self.overrides) != (Selection(), Overrides())
        return self.once or self.dry or self.sharded or chosen


@dataclass(frozen=True, slots=True)
class Result:
    """What a pass showed first, and what became of all its work, in the order in which it ended.

    `sharded`: the ledger's commit that shards go on from.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    sharded: str = ""

    @property
    def of_first_plan(self) -> tuple[Outcome, ...]:
        """What became in the end of each name that the first plan was about. Later ones have a status of their own."""
        names = {change.name for change in self.plan.work}
        return tuple({each.name: each for each in self.outcomes if each.name in names}.values())

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Those of them that did not end well."""
        return tuple(outcome for outcome in self.of_first_plan if not outcome.ok)
