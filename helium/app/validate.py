"""Validates the files of the working tree, by the rules of the backends in that tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from helium.adapters.backends import BackendSet, find
from helium.adapters.git_repo import Clone, GitRepo, integrity
from helium.adapters.specs import schemas
from helium.adapters.specs.validate import KnownHistory, ValidationResult, ValidationScope
from helium.adapters.specs.validate import validate as validated
from helium.api.added import AddedFiles
from helium.app import compose
from helium.app.charts import with_own_charts
from helium.app.fleet_folder import root_of
from helium.app.run import clock
from helium.core.fleet import SETTINGS, Fleet
from helium.core.observation import Recipe
from helium.core.spec import Addition
from helium.errors import HeliumError, Issue
from helium.ports.ledger import Snapshot
from helium.settings import Settings


def validate(start: Path, settings: Settings, *, paths: tuple[str, ...] = (), past: bool = False) -> ValidationResult:
    """Every error of `helium.yaml` and the specs, or of the named files; `past`: a deadline in the past is an error."""
    folder = root_of(start)
    named = frozenset(_inside(folder, start.absolute(), path=path) for path in paths)
    backends = _backends(folder, settings)
    specs = compose.specs_by(backends, settings)
    here = _Here(folder, settings, clock())
    scope = ValidationScope(named, past, here.settled())

    def recipes(fleet: Fleet) -> Mapping[str, Recipe]:
        return with_own_charts(backends.recipes(fleet), folder)

    result = validated(folder, specs, now=here.now, scope=scope, recipes=recipes, histories=here.histories)
    return replace(result, notices=(*here.notices(result), *_warned(result.fleet, backends)))


def schema_for_editors(start: Path, settings: Settings) -> tuple[Path, bytes]:
    """The schema of the specs of the fleet that is checked out, and the file that editors read it from."""
    folder = root_of(start)
    specs = compose.specs_by(_backends(folder, settings), settings)
    schema = specs.schema(specs.fleet((folder / SETTINGS).read_bytes()))
    return folder / "schema" / schemas.WORKSPACE, schemas.file_of(schema).encode()


@dataclass(slots=True)
class _Here:
    """What this clone knows without a look at the remote: nothing where it is no clone, less where it is shallow."""

    folder: Path
    settings: Settings
    now: datetime
    known: tuple[GitRepo, Snapshot] | None = None
    opened: Clone | None = None

    def clone(self) -> Clone:
        """This clone, opened once. libgit2 hangs on a damaged object, so git looks before anything is read."""
        if self.opened is None:
            clone = compose.clone_in(self.folder, self.settings)
            integrity.check_loose(clone)
            self.opened = clone
        return self.opened

    def settled(self) -> frozenset[tuple[str, str]]:
        """The files of main, as it was fetched last; none where this is no clone of it."""
        try:
            repo = compose.repo_of(self.clone())
            return frozenset((entry.path, entry.blob) for entry in repo.entries(repo.head()))
        except HeliumError:
            return frozenset()

    def histories(self, fleet: Fleet, names: frozenset[str]) -> Mapping[str, KnownHistory]:
        """What ledger and git know of these names."""
        try:
            clone = self.clone()
            repo, snapshot = self.known = compose.repo_of(clone), compose.ledger_of(clone, fleet).known()
            additions = AddedFiles(repo).of(names, commit=repo.resolve("HEAD"), snapshot=snapshot, now=self.now)
        except HeliumError:
            return {}
        found = {name: KnownHistory(snapshot.records.get(name), additions.get(name)) for name in names}
        return {name: each for name, each in found.items() if each.record is not None or each.addition is not None}

    def notices(self, result: ValidationResult) -> tuple[Issue, ...]:
        """What the files will do to the workspaces that live."""
        if self.known is None or not self.known[1].records:
            return ()
        from helium.reconcile.notices import WorkingTree, notices_of

        repo, snapshot = self.known
        tree = WorkingTree(result.specs, result.names, _since_main(repo))
        return notices_of(tree, snapshot.records, lifetimes=result.fleet.lifetimes, now=self.now)


def _warned(fleet: Fleet, backends: BackendSet) -> Iterator[Issue]:
    """What the authors of backends say of choices that somebody made in the settings."""
    for name, entry in sorted(fleet.backends.items()):
        backend = backends.known.get(fleet.kind_of(name))
        for setting, by_value in sorted(backend.manifest.warnings.items()) if backend else ():
            if sentence := by_value.get(str(entry.get(setting))):
                pointer = f"/backends/{name}/{setting}"
                yield Issue(SETTINGS, 1, 1, pointer, f"backends.{name}.{setting}: {sentence}")


def _since_main(repo: GitRepo) -> Mapping[str, Addition]:
    """What this branch adds to main; nothing where history does not tell."""
    try:
        head, main = repo.resolve("HEAD"), repo.head()
        return repo.additions(head, since=main) if repo.descends(head, main) else {}
    except HeliumError:
        return {}


def _inside(folder: Path, start: Path, *, path: str) -> str:
    """A path as a person typed it, relative to the fleet's folder."""
    whole = Path(path) if Path(path).is_absolute() else start / path
    lexical = Path(*_normal(whole))
    return lexical.relative_to(folder).as_posix() if lexical.is_relative_to(folder) else path


def _normal(path: Path) -> list[str]:
    """Without `.` and `..`, and without following a link: the link itself is what git has."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and len(parts) > 1:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return parts


def _backends(folder: Path, settings: Settings) -> BackendSet:
    """The working tree's own backends, since that is what a person is about to commit, and those that Helium brings."""
    return compose.backends_in(find.lying(folder), settings)
