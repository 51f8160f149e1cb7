"""The charts that `helium.yaml` names: written with version and digest, or compared with what their places have now.

It reads and writes the working tree, since that is what a person is about to commit. It commits nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from helium.adapters.backends import find
from helium.adapters.charts import ChartStore
from helium.adapters.charts.fleet_files import lying
from helium.adapters.files import write_whole
from helium.adapters.specs import settings_text, strict_yaml
from helium.adapters.specs.findings import issues
from helium.app import compose
from helium.app.fleet_folder import root_of
from helium.core import chart
from helium.core.chart import ChartError, ChartReference
from helium.core.digest import Json
from helium.core.fleet import KIND, SETTINGS, backend_name
from helium.core.observation import Recipe
from helium.errors import SpecError, UsageError
from helium.settings import Settings

VERSIONS = "versions"


@dataclass(frozen=True, slots=True)
class NamedChart:
    """A chart in `helium.yaml`: its dotted place below `backends`, and how it is named there."""

    place: str
    reference: ChartReference

    @property
    def is_pinned(self) -> bool:
        """Whether it has a version and a digest."""
        return bool(self.reference.version and self.reference.digest)


@dataclass(frozen=True, slots=True)
class CheckedChart:
    """A chart, and why it cannot be installed as it is named; empty if it can."""

    named: NamedChart
    issue: str = ""


def pin(
    start: Path, settings: Settings, *, places: Sequence[str] = (), version: str | None = None
) -> tuple[NamedChart, ...]:
    """Write version and digest of the named places, else of all that have none; what was written. `ChartError`."""
    opened = _ChartSettings.at(start, settings)
    wanted = [opened.one(place) for place in places] or [each for each in opened.charts if not each.is_pinned]
    if version is not None and len(wanted) != 1:
        raise UsageError(f"--version is for one chart; name it: {opened.listed()}")
    pinned = tuple(opened.pinned(each, version) for each in wanted)
    opened.write(pinned)
    return pinned


def check(start: Path, settings: Settings) -> tuple[CheckedChart, ...]:
    """Fetch every chart and compare it with its digest."""
    opened = _ChartSettings.at(start, settings)
    return tuple(CheckedChart(each, opened.issue(each)) for each in opened.charts)


def named_in(name: str, recipe: Recipe) -> Iterator[NamedChart]:
    """The charts of a backend that has no errors."""
    for pattern in () if recipe.issues else recipe.charts:
        for where, setting in chart.places({**recipe.placement, **recipe.pins}, pattern):
            yield from _versions(f"{name}.{where}", setting)


def with_own_charts(recipes: Mapping[str, Recipe], folder: Path) -> Mapping[str, Recipe]:
    """The recipes, with an error for each chart in this folder that is not as `helium.yaml` pins it."""
    store = ChartStore(lambda _, path: lying(folder, path), cache=folder, environ={})
    checked = {name: tuple(_own_issues(store, named_in(name, recipe))) for name, recipe in recipes.items()}
    return {name: replace(recipe, issues=(*recipe.issues, *checked[name])) for name, recipe in recipes.items()}


def _own_issues(store: ChartStore, charts: Iterator[NamedChart]) -> Iterator[str]:
    for named in charts:
        if named.reference.is_path:
            try:
                store.package(named.reference, commit="")
            except ChartError as error:
                yield f"backends.{named.place} in {SETTINGS}: {error.what}"


@dataclass(frozen=True, slots=True)
class _ChartSettings:
    """The working tree's `helium.yaml` with the charts in it."""

    folder: Path
    data: bytes
    charts: tuple[NamedChart, ...]
    store: ChartStore

    @classmethod
    def at(cls, start: Path, settings: Settings) -> _ChartSettings:
        folder = root_of(start)
        if not (folder / SETTINGS).is_file():
            raise UsageError(f"{folder} has no {SETTINGS}. Go to a fleet's folder, or name it with -C.")
        data = (folder / SETTINGS).read_bytes()
        document = strict_yaml.read(data)
        if document.findings:
            raise SpecError(issues(SETTINGS, document.findings))
        store = ChartStore(
            lambda _, path: lying(folder, path), cache=settings.cache / "charts", environ=settings.environ
        )
        return cls(folder, data, tuple(_named(folder, document.value, settings=settings)), store)

    def one(self, place: str) -> NamedChart:
        """The chart at a place, as errors name it, or without its beginning where that is clear."""
        place = place.removeprefix("backends.")
        found = [each for each in self.charts if each.place == place or each.place.endswith(f".{place}")]
        exact = [each for each in found if each.place == place]
        if len(exact or found) != 1:
            what = "is not the place of a chart" if not found else "can be several charts"
            raise UsageError(f"{place!r} {what}; {SETTINGS} names {self.listed()}")
        return (exact or found)[0]

    def listed(self) -> str:
        """Every place."""
        return ", ".join(each.place for each in self.charts) or "no chart"

    def pinned(self, named: NamedChart, version: str | None) -> NamedChart:
        """With what is behind its version now."""
        for issue in chart.where_issues(named.reference):
            raise UsageError(f"{named.place} in {SETTINGS} {issue}")
        asked = replace(named.reference, version=version or named.reference.version)
        return replace(named, reference=self.store.pinned(asked))

    def issue(self, named: NamedChart) -> str:
        """Why it cannot be installed."""
        if not named.is_pinned:
            return "it has no digest; run helium chart pin"
        try:
            self.store.package(named.reference, commit="")
        except ChartError as error:
            return error.what
        return ""

    def write(self, pinned: Sequence[NamedChart]) -> None:
        """Write them into the file, whole or not at all."""
        changes: dict[tuple[str | int, ...], str] = {}
        for each in pinned:
            at = _path(each.place)
            # The version of one of several is its key.
            if VERSIONS not in at:
                changes[(*at, "version")] = each.reference.version
            changes[(*at, "digest")] = each.reference.digest
        written = settings_text.edited(self.data, changes) if changes else self.data
        if written != self.data:
            write_whole(self.folder / SETTINGS, written)


def _path(place: str) -> tuple[str, ...]:
    """The keys of a place: what follows `versions` is one key, dots and all."""
    before, mark, version = place.partition(f".{VERSIONS}.")
    return ("backends", *before.split("."), *((VERSIONS, version) if mark else ()))


def _named(folder: Path, document: Json, *, settings: Settings) -> Iterator[NamedChart]:
    """Every chart of every backend and instance, in the order of the file."""
    known = compose.backends_in(find.lying(folder), settings).known
    backends = document.get("backends") if isinstance(document, Mapping) else None
    for name, entry in backends.items() if isinstance(backends, Mapping) else ():
        kind = backend_name(str(entry.get(KIND, name))) if isinstance(entry, Mapping) else ""
        for pattern in known[kind].manifest.charts if kind in known else ():
            for where, setting in chart.places(entry, pattern):
                if isinstance(setting, Mapping) and setting.get("chart"):
                    yield from _versions(f"{name}.{where}", setting)


def _versions(place: str, setting: Mapping[str, Json]) -> Iterator[NamedChart]:
    yield NamedChart(place, chart.named(setting))
    for version, reference in chart.other_versions(setting).items():
        yield NamedChart(f"{place}.{VERSIONS}.{version}", reference)
