"""Backends without folders: only what they would make a workspace with."""

from __future__ import annotations

from collections.abc import Mapping

from helium.core.fleet import Fleet
from helium.core.observation import Recipe


class FakeBackends:
    """Backends by what they would make a workspace with. `all` is of every commit but those in `at`."""

    def __init__(self, recipes: Mapping[str, Recipe]) -> None:
        self.all = dict(recipes)
        self.at: dict[str, Mapping[str, Recipe]] = {}

    def recipes(self, fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        """Those of the commit; a name that only the fleet's settings know cannot make anything."""
        there = self.at.get(commit, self.all)
        lost = {name: Recipe("", issues=("there is no such backend",)) for name in fleet.backends if name not in there}
        return dict(sorted({**there, **lost}.items()))
