"""What the workspaces of a plan would take and cost, for those who decide by it.

Only a program that main has already, or that came installed, is asked: nothing of a branch runs before somebody let it
in. An estimate that cannot be had is left out, with the reason where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from helium.app import compose
from helium.app.open_fleet import OpenFleet
from helium.app.proposal import Weighed
from helium.core.estimates import made
from helium.core.observation import Recipe
from helium.core.plan import Change, Plan
from helium.core.proposal import Proposal
from helium.core.rates import Rates
from helium.core.spending import Spending


def of_plan(fleet: OpenFleet, plan: Plan) -> Mapping[str, str]:
    """By name, a sentence about each that would be created or made again."""
    recipes = fleet.opened.recipes(fleet.fleet)
    return _sentences(fleet, plan.changes, recipes=recipes, rates=fleet.fleet.rates, now=plan.now)


def with_costs(fleet: OpenFleet, seen: Weighed) -> Proposal:
    """What a pull request proposes, with such a sentence beside each workspace, by the settings as they would be."""
    proposed, after = seen.proposal, seen.after
    if after is None:
        return proposed
    changes, settings = [each.change for each in proposed.changes], after.observed.fleet
    found = _sentences(fleet, changes, recipes=after.observed.recipes, rates=settings.rates, now=proposed.now)
    noted = tuple(
        replace(each, note=" ".join(filter(None, (each.note, found.get(each.change.name)))))
        for each in proposed.changes
    )
    return replace(proposed, changes=noted)


def _sentences(
    fleet: OpenFleet, changes: Iterable[Change], *, recipes: Mapping[str, Recipe], rates: Rates | None, now: datetime
) -> Mapping[str, str]:
    workspaces = {each.name: each for each in made(changes)}
    if not workspaces:
        return {}
    on_main = frozenset(fleet.backends.at(fleet.repo.head()).folders.values())
    estimator = compose.estimator(fleet.settings, may_run=on_main.__contains__)
    try:
        estimates = estimator.estimates(tuple(workspaces.values()), recipes=recipes)
    finally:
        estimator.close()
    sentences = dict[str, str]()
    for name, estimate in estimates.items():
        spends = Spending.of(estimate.amounts, rates, deadline=workspaces[name].deadline, now=now)
        why = f"What it takes is unknown: {estimate.why}." if estimate.why else ""
        if sentence := spends.sentence or why:
            sentences[name] = sentence
    return sentences
