"""What a plain workspace of each backend takes, for the form that asks for one.

The API holds tokens, so it runs no program of the fleet's own: only those that came with it, or with an installed
package. `amounts` in `helium.yaml` are read for all.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.app import compose
from helium.app.mirror import MirroredFleet
from helium.core.estimates import Estimate
from helium.core.fleet import Fleet
from helium.core.observation import Recipe
from helium.core.spec import Spec
from helium.core.workspace import Workspace
from helium.reconcile.load import fleet_at


@dataclass(slots=True)
class PlainEstimates:
    """Those of main as it is; asked once for each of its commits."""

    fleet: MirroredFleet
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _newest: tuple[str, Mapping[str, Estimate]] | None = field(default=None, init=False)

    def at(self, now: datetime) -> Mapping[str, Estimate]:
        """By backend. Blocks; `SourceError` and `SpecError` where main cannot be read."""
        commit = self.fleet.repo.head()
        with self._lock:
            if self._newest is None or self._newest[0] != commit:
                self._newest = commit, self._asked(commit, now)
            return self._newest[1]

    def _asked(self, commit: str, now: datetime) -> Mapping[str, Estimate]:
        backends, settings = self.fleet.backends.at(commit), self.fleet.settings
        fleet = fleet_at(self.fleet.repo, compose.specs_by(backends, settings), commit=commit)
        recipes = {name: each for name, each in backends.recipes(fleet).items() if name in fleet.backends}
        installed = frozenset(compose.backends_in({}, settings).folders.values())
        estimator = compose.estimator(settings, may_run=installed.__contains__)
        try:
            found: dict[str, Estimate] = {}
            for name, recipe in recipes.items():
                plain = _plain(name, fleet, recipe=recipe, now=now)
                found[name] = estimator.estimates([plain], recipes=recipes)[plain.name]
            return found
        finally:
            estimator.close()


def _plain(name: str, fleet: Fleet, *, recipe: Recipe, now: datetime) -> Workspace:
    spec, deadline = Spec("plain", "workspaces/plain.yaml", "", name), fleet.lifetimes.usual_end(now)
    return Workspace(fleet.name, spec, "", now, deadline, placement=recipe.placement, pins=recipe.pins)
