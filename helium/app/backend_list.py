"""The backends that a fleet knows at main, and those in its working tree that nobody has committed yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from helium.adapters.backends import BackendSet, find
from helium.app.checked_out import checked_out, folder_of
from helium.app.open_fleet import open_fleet
from helium.app.run import clock
from helium.core.fleet import Fleet
from helium.core.observation import Observation, Recipe
from helium.core.summary import summary_of
from helium.reconcile.load import Selection, as_fetched
from helium.settings import Settings


@dataclass(frozen=True, slots=True)
class ListedBackend:
    """A backend, or an instance of one. `origin`: where it comes from; `issue`: why it creates nothing, if so."""

    name: str
    origin: str
    description: str
    issue: str
    workspaces: int = 0


def listed(start: Path, settings: Settings) -> tuple[ListedBackend, ...]:
    """Every one by its name; outside of a fleet, those that Helium and other packages bring."""
    folder = folder_of(start)
    if folder is None:
        here = checked_out(start, settings)
        return tuple(_rows(here.backends, here.fleet, recipes=here.backends.recipes(here.fleet), used={}))
    opened, now = open_fleet(start, settings), clock()
    observed = as_fetched(opened, Selection(), now=now).observed
    on_main = tuple(_rows(opened.opened, opened.fleet, recipes=observed.recipes, used=_used(observed, now)))
    known = {each.name for each in on_main}
    later = (
        ListedBackend(name, f"{find.STACKS}/{name}, not on main yet", "", "a pass knows it when it is committed")
        for name in find.own(find.lying(folder)).keys() - known
    )
    return tuple(sorted((*on_main, *later), key=lambda each: each.name))


def _rows(
    known: BackendSet, fleet: Fleet, *, recipes: Mapping[str, Recipe], used: Mapping[str, int]
) -> Iterator[ListedBackend]:
    for name, recipe in sorted(recipes.items()):
        kind = fleet.kind_of(name)
        said = fleet.backends.get(name, {}).get("description")
        own = known.known[kind].manifest.description if kind in known.known else ""
        issue = recipe.issues[0] if recipe.issues else ""
        yield ListedBackend(
            name,
            _origin(name, kind, known=known),
            str(said or own),
            issue,
            used.get(name, 0),
        )


def _origin(name: str, kind: str, *, known: BackendSet) -> str:
    if kind != name:
        return f"instance of {kind}"
    if name not in known.folders:
        return "nowhere"
    if find.built_in().get(name) == known.folders[name]:
        return "built in"
    return f"{find.STACKS}/{name}" if not known.known[name].installed else "a package"


def _used(observed: Observation, now: datetime) -> Mapping[str, int]:
    """How many workspaces each has, by files and records."""
    return Counter(summary_of(name, observed, now=now).backend for name in {*observed.specs, *observed.records})
