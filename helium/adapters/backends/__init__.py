"""The backends of a fleet at one commit: what each would create a workspace with, and the folder that the engine opens.

A fleet's own folder goes before a built-in one of the same name. Its program never runs in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.backends import find, secret_rights, settings_check
from helium.adapters.backends.manifest import FLEETS_OWN, Backend, Manifest, read
from helium.core import fields
from helium.core.digest import Json
from helium.core.fleet import AMOUNTS, KIND, Fleet
from helium.core.helm_values import merge
from helium.core.observation import Recipe


@dataclass(frozen=True, slots=True)
class BackendSet:
    """The backends of a fleet at one commit, by name: what each says about itself, and where its program is."""

    known: Mapping[str, Backend]
    folders: Mapping[str, Path]

    def recipes(self, fleet: Fleet) -> Mapping[str, Recipe]:
        """What each backend would make a workspace with; one that only `helium.yaml` names is there with its error.

        An instance is there by its own name, with its own settings and the program of its kind.
        """
        return {name: self._recipe(name, fleet) for name in sorted({*self.known, *fleet.backends})}

    def secret_environment(
        self, environment: Mapping[str, str], *, fleet: Fleet | None = None, pretend: bool = False
    ) -> Mapping[str, str]:
        """What programs may read by name, out of `environment`; `pretend`: a stand-in for each that is not set."""
        # By their rights and not by their lists: what a folder may not have would reach every other program, too.
        backends = self.known.values()
        names = {name for backend in backends for name in secret_rights.rights(backend, fleet, known=self.known)}
        given = {
            name: text for name, text in environment.items() if text and (name in names or name.startswith(FLEETS_OWN))
        }
        stand_ins = {name: f"sandbox-{name.lower().replace('_', '-')}" for name in sorted(names)}
        return {**stand_ins, **given} if pretend else given

    def _recipe(self, name: str, fleet: Fleet) -> Recipe:
        kind = fleet.kind_of(name)
        backend = self.known.get(kind)
        if backend is None or (kind != name and name in self.known):
            return Recipe("", issues=(_without_kind(name, kind, fleet=fleet, known=self.known.keys()),))
        manifest = backend.manifest
        settings = settings_of(manifest, fleet.backends.get(name, {}))
        pins = {key: settings[key] for key in manifest.pins if key in settings}
        if manifest.fields:
            pins["fields"] = fields.pinned(settings.get("fields"))
        if fleet.trusted_values:
            # A list and not a tuple, as a record gives it back: pins are compared with what was stored.
            pins["trusted"] = sorted(fleet.trusted_values)
        placement = {key: settings[key] for key in manifest.placement if key in settings}
        if kind != name:
            # It never moves: an entry that is made an instance of another backend must not turn what lives into that.
            placement[KIND] = kind
        issues = backend.issues or (
            *secret_rights.issues(backend, fleet, known=self.known),
            *secret_rights.not_offered(fleet.backends.get(name, {}), where=f"backends.{name}", known=self.known),
            *settings_check.issues(backend, fleet, name=name, settings=settings),
        )
        folder = str(self.folders[kind])
        entry = fleet.backends.get(name, {})
        return Recipe(
            backend.program, placement, pins, issues, folder=folder, charts=manifest.charts, amounts=entry.get(AMOUNTS)
        )


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
        own = find.built_in()
        folders = {**find.installed(), **own} if installed is None else installed
        known = {
            name: read(name, find.files_of(folder), installed=True, built_in=own.get(name) == folder)
            for name, folder in folders.items()
        }
        self._installed = BackendSet(known, folders)

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


def settings_of(manifest: Manifest, entry: Mapping[str, Json]) -> dict[str, Json]:
    """The settings of an entry in `helium.yaml` over the backend's defaults; without its kind and its rights."""
    own = {key: value for key, value in entry.items() if key not in (KIND, secret_rights.SECRETS)}
    return merge(manifest.defaults, own)


def _without_kind(name: str, kind: str, *, fleet: Fleet, known: Collection[str]) -> str:
    """Why an entry in `helium.yaml` is of no backend."""
    if kind == name:
        return f"the folder stacks/{name} does not exist, and {name} is not built in"
    where = f"backends.{name} in helium.yaml"
    if name in known:
        return f"{where} is an instance of {kind}, and {name} is a backend itself; give the instance another name"
    if fleet.kind_of(kind) != kind:
        return f"{where} is an instance of {kind}, which is one itself; write backend: {fleet.kind_of(kind)}"
    return f"{where} is an instance of {kind}, but the folder stacks/{kind} does not exist, and {kind} is not built in"
