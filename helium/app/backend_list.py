"""The backends that a fleet knows at main, and those in its working tree that nobody has committed yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.backends import BackendSet, find
from helium.app.backend_check import opened_in
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.app.run import clock
from helium.core.fleet import Fleet
from helium.core.observation import Recipe
from helium.core.summary import summary_of
from helium.reconcile.load import Selection, as_fetched
from helium.settings import Settings

GONE = "gone"


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
    folder, lying, fleet = opened_in(start, settings)
    if folder is None:
        return tuple(_rows(lying, fleet, recipes=lying.recipes(fleet), used={}))
    opened = open_fleet(start, settings)
    recipes = opened.backends.recipes(opened.fleet, commit=opened.repo.head())
    on_main = tuple(_rows(opened.opened, opened.fleet, recipes=recipes, used=_used(opened)))
    known = {each.name for each in on_main}
    only_here = sorted(lying.known.keys() - known)
    later = (
        ListedBackend(name, f"{find.STACKS}/{name}, not on main yet", "", "a pass knows it when it is committed")
        for name in only_here
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


def _used(opened: OpenFleet) -> Mapping[str, int]:
    """How many workspaces each has, by files and records."""
    now = clock()
    observed = as_fetched(opened, Selection(), now=now).observed
    rows = (summary_of(name, observed, now=now) for name in {*observed.specs, *observed.records})
    return Counter(row.backend for row in rows if row.status.value != GONE)
