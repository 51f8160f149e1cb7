"""The backends of a fleet at one commit: what each would create a workspace with, and the folder that the engine opens.

A fleet's own folder goes before a built-in one of the same name. Its program never runs in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.backends import find
from helium.adapters.backends.manifest import FLEETS_OWN, Backend, read
from helium.core import chart
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.helm_values import merge
from helium.core.observation import Recipe


@dataclass(frozen=True, slots=True)
class BackendSet:
    """The backends of a fleet at one commit, by name: what each says about itself, and where its program is."""

    known: Mapping[str, Backend]
    folders: Mapping[str, Path]

    def recipes(self, fleet: Fleet) -> Mapping[str, Recipe]:
        """What each backend would make a workspace with; one that only `helium.yaml` names is there with its error."""
        return {name: self._recipe(name, fleet) for name in sorted({*self.known, *fleet.backends})}

    def secret_environment(self, environment: Mapping[str, str], *, pretend: bool = False) -> Mapping[str, str]:
        """What programs may read by name, out of `environment`; `pretend`: a stand-in for each that is not set."""
        names = {name for backend in self.known.values() for name in backend.manifest.secrets}
        given = {
            name: text for name, text in environment.items() if text and (name in names or name.startswith(FLEETS_OWN))
        }
        stand_ins = {name: f"sandbox-{name.lower().replace('_', '-')}" for name in sorted(names)}
        return {**stand_ins, **given} if pretend else given

    def _recipe(self, name: str, fleet: Fleet) -> Recipe:
        backend = self.known.get(name)
        if backend is None:
            return Recipe("", issues=(f"the folder stacks/{name} does not exist, and {name} is not built in",))
        manifest = backend.manifest
        settings = merge(manifest.defaults, fleet.backends.get(name, {}))
        pins = {key: settings[key] for key in manifest.pins if key in settings}
        if fleet.trusted_values:
            # A list and not a tuple, as a record gives it back: pins are compared with what was stored.
            pins["trusted"] = sorted(fleet.trusted_values)
        placement = {key: settings[key] for key in manifest.placement if key in settings}
        issues = backend.issues or tuple(_issues(backend, fleet, settings=settings))
        folder = str(self.folders[name])
        return Recipe(backend.program, placement, pins, issues, folder=folder, charts=manifest.charts)


class FolderBackends:
    """The port `Backends`. `files`: a commit → its files under `stacks/`; `cache`: where those are written out."""

    def __init__(
        self,
        files: Callable[[str], Mapping[str, bytes]],
        *,
        cache: Path,
        installed: Mapping[str, Path] | None = None,
    ) -> None:
        self._files = files
        self._cache = cache
        folders = {**find.installed(), **find.built_in()} if installed is None else installed
        self._installed = BackendSet(
            {name: read(name, find.files_of(folder), installed=True) for name, folder in folders.items()}, folders
        )

    def at(self, commit: str) -> BackendSet:
        """The backends at a commit."""
        return self.of(self._files(commit))

    def of(self, files: Mapping[str, bytes]) -> BackendSet:
        """The backends of a repository with these files under `stacks/`, by path, beside those that are installed."""
        known, folders = dict(self._installed.known), dict(self._installed.folders)
        for name, folder in find.own(files).items():
            backend = read(name, folder)
            # The bytes of an installed one: it keeps its right to secrets, and needs no second copy.
            if name in known and known[name].program == backend.program:
                continue
            known[name] = backend
            # By the digest of its content, so that a folder never changes under a program that runs from it.
            folders[name] = find.written(folder, self._cache / backend.program[:12] / name)
        return BackendSet(known, folders)

    def recipes(self, fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        """What each backend would make a workspace with at a commit."""
        return self.at(commit).recipes(fleet)


def _issues(backend: Backend, fleet: Fleet, *, settings: Mapping[str, Json]) -> Iterator[str]:
    """What is wrong with the settings in `helium.yaml`, a sentence each."""
    manifest, where = backend.manifest, f"backends.{backend.name}"
    for key in sorted({*settings} - {*manifest.placement, *manifest.pins}):
        yield f"{where}.{key} in helium.yaml is not a setting of this backend"
    if missing := [f"{where}.{key}" for key in manifest.required if settings.get(key) in (None, "")]:
        yield f"helium.yaml does not set {', '.join(missing)}"
    for place in manifest.charts:
        for at, setting in chart.places(settings, place):
            yield from (f"{where}.{at} in helium.yaml {issue}" for issue in chart.issues(setting))
    cluster = settings.get("cluster") if "cluster" in manifest.placement else None
    if cluster and "kubernetes" not in fleet.sandbox and cluster not in fleet.clusters:
        yield f"clusters in helium.yaml does not say how the cluster {cluster} of {where} is reached"
    if backend.settings_schema is not None:
        from jsonschema import Draft202012Validator

        for error in Draft202012Validator(backend.settings_schema).iter_errors(settings):
            yield f"{'.'.join((where, *map(str, error.path)))} in helium.yaml: {error.message}"
