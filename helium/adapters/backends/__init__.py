"""The backends of a fleet at one commit: what each would make a workspace with, and the folder that the engine opens.

A fleet's own folder goes before a built-in one of the same name. Its program never runs in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from helium.adapters.backends import find, manifest
from helium.adapters.backends.manifest import FLEETS_OWN, Backend
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.helm_values import merge
from helium.core.observation import Recipe


class FolderBackends:
    """The port `Backends`. `files`: a commit → its files under `stacks/`; `cache`: where those are written out.

    `folders` and what is asked by name follow the last commit that was looked at; before any, what is installed.
    """

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
        self._installed = {
            name: (manifest.read(name, find.files_of(folder), installed=True), folder)
            for name, folder in folders.items()
        }
        self._known: dict[str, Backend] = {}
        self._folders: dict[str, Path] = {}
        self.use({})

    @property
    def known(self) -> Mapping[str, Backend]:
        """What each backend says of itself, by name; a view that follows."""
        return MappingProxyType(self._known)

    @property
    def folders(self) -> Mapping[str, Path]:
        """The folder that the engine opens for each backend, by name; a view that follows."""
        return MappingProxyType(self._folders)

    def recipes(self, fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        """What each backend would make a workspace with today; also those that `helium.yaml` names and nobody has."""
        self.use(self._files(commit))
        return self.recipes_now(fleet)

    def recipes_now(self, fleet: Fleet) -> Mapping[str, Recipe]:
        """The same, of the files that were looked at last."""
        names = sorted({*self._known, *fleet.backends})
        return {name: self._recipe(name, fleet) for name in names}

    def use(self, files: Mapping[str, bytes]) -> None:
        """Look at a repository's files under `stacks/`, by path: what is there now, beside what is installed."""
        self._known.clear()
        self._folders.clear()
        for name, (backend, folder) in self._installed.items():
            self._known[name], self._folders[name] = backend, folder
        for name, held in find.own(files).items():
            backend = manifest.read(name, held)
            # The same bytes as an installed one's: the same rights, and no second copy.
            if name in self._known and self._known[name].program == backend.program:
                continue
            self._known[name] = backend
            self._folders[name] = find.written(held, self._cache / backend.program[:12] / name)

    def secret_environment(self, environment: Mapping[str, str], *, pretend: bool = False) -> Mapping[str, str]:
        """What programs may read by name, out of `environment`; `pretend`: a stand-in for each that is not set."""
        names = {name for backend in self._known.values() for name in backend.manifest.secrets}
        given = {
            name: text for name, text in environment.items() if text and (name in names or name.startswith(FLEETS_OWN))
        }
        stand_ins = {name: f"sandbox-{name.lower().replace('_', '-')}" for name in sorted(names)}
        return {**stand_ins, **given} if pretend else given

    def _recipe(self, name: str, fleet: Fleet) -> Recipe:
        known = self._known.get(name)
        if known is None:
            return Recipe("", faults=(f"there is no folder stacks/{name}, and no built-in backend of that name",))
        form = known.manifest
        whole = merge(form.defaults, fleet.backends.get(name, {}))
        pins = {key: whole[key] for key in form.pins if key in whole}
        if fleet.trusted_values:
            # A list, as a record gives it back: a make is compared with what was stored.
            pins["trusted"] = sorted(fleet.trusted_values)
        placement = {key: whole[key] for key in form.placement if key in whole}
        faults = known.faults or tuple(_faults(known, fleet, settings=whole))
        return Recipe(known.program, placement, pins, faults)


def _faults(backend: Backend, fleet: Fleet, *, settings: Mapping[str, Json]) -> Iterator[str]:
    """What is wrong with the settings in `helium.yaml`, a sentence each."""
    form, where = backend.manifest, f"backends.{backend.name}"
    for key in sorted({*settings} - {*form.placement, *form.pins}):
        yield f"{where}.{key} in helium.yaml is no setting of this backend"
    if missing := [f"{where}.{key}" for key in form.required if settings.get(key) in (None, "")]:
        yield f"helium.yaml lacks {', '.join(missing)}"
    cluster = settings.get("cluster") if "cluster" in form.placement else None
    if cluster and "kubernetes" not in fleet.sandbox and cluster not in fleet.clusters:
        yield f"cluster {cluster} of {where} is not under clusters in helium.yaml, which says how it is reached"
    if backend.settings_schema is not None:
        from jsonschema import Draft202012Validator

        for error in Draft202012Validator(backend.settings_schema).iter_errors(settings):
            yield f"{'.'.join((where, *map(str, error.path)))} in helium.yaml: {error.message}"
