"""How to pass, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from helium.core.order import Order
from helium.core.order_rules import NotCarriedOut
from helium.core.plan import Outcome, Overrides, Plan
from helium.core.sharded_plan import MOST_SHARDS, Shard
from helium.reconcile.load import Selection

TAKE_UNTIL = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PassOptions:
    """How to pass. `dry`: show only; `sharded`: announce the work and leave it for shards; `once`: one round.

    `most_shards`: on how many machines at most; `parallel`: how many stacks at once on each. `wait`: how long to wait
    for another pass's lease. `take_until`: after so long it begins nothing more, and ends when all that runs has ended.
    `order`: what this pass is for.
    """

    selection: Selection = field(default_factory=Selection)
    overrides: Overrides = field(default_factory=Overrides)
    dry: bool = False
    sharded: bool = False
    most_shards: int = MOST_SHARDS
    once: bool = False
    wait: timedelta = timedelta(0)
    take_until: timedelta = TAKE_UNTIL
    parallel: int | None = None
    order: Order | None = None

    @property
    def takes_orders(self) -> bool:
        """Whether the pass first does what was ordered: not one that only shows, or that a person aimed."""
        return not self.dry and (self.selection, self.overrides) == (Selection(), Overrides())

    @property
    def of_second_round(self) -> PassOptions:
        """How it creates what it destroyed only for that. What was reviewed and rolled was the first plan."""
        selection = replace(self.selection, roll=frozenset(), roll_all=False)
        return replace(self, once=True, selection=selection, overrides=replace(self.overrides, expect=None))

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

    `sharded`: the ledger's commit that `shards` go on from. `ordered`: it came to its end because an order waits.
    `stopped`: why nothing was done for the order that the pass was for.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    sharded: str = ""
    shards: tuple[Shard, ...] = ()
    ordered: bool = False
    stopped: NotCarriedOut | None = None

    def then(self, later: Result) -> Result:
        """Both as one pass: what it showed first counts, unless that was nothing but orders."""
        plan = self.plan if self.plan.changes else later.plan
        return replace(later, plan=plan, outcomes=(*self.outcomes, *later.outcomes))

    @property
    def of_first_plan(self) -> tuple[Outcome, ...]:
        """What became in the end of each name that the first plan was about. Later ones have a status of their own."""
        names = {change.name for change in self.plan.work}
        return tuple({each.name: each for each in self.outcomes if each.name in names}.values())

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Those of them that did not end well."""
        return tuple(outcome for outcome in self.of_first_plan if not outcome.ok)
