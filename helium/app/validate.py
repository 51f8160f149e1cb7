"""Validates the files of the working tree, by the rules of the backends in that tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from helium.adapters.backends import find
from helium.adapters.git_repo import Clone, integrity
from helium.adapters.specs.validate import KnownHistory, ValidationResult, ValidationScope
from helium.adapters.specs.validate import validate as validated
from helium.api.added import AddedFiles
from helium.app import compose
from helium.app.fleet_folder import root_of
from helium.app.run import clock
from helium.core.fleet import Fleet
from helium.errors import HeliumError
from helium.settings import Settings


def validate(start: Path, settings: Settings, *, paths: tuple[str, ...] = (), past: bool = False) -> ValidationResult:
    """Every error of `helium.yaml` and the specs, or of the named files; `past`: a deadline in the past is an error."""
    folder = root_of(start)
    named = frozenset(_inside(folder, start.absolute(), path=path) for path in paths)
    own = find.files_of(folder / find.STACKS) if (folder / find.STACKS).is_dir() else {}
    # The working tree's own backends, since that is what a person is about to commit.
    backends = compose.backends_in({f"{find.STACKS}/{path}": data for path, data in own.items()}, settings)
    specs = compose.specs_by(backends, settings)
    now = clock()
    return validated(
        folder,
        specs,
        now=now,
        scope=ValidationScope(named, past),
        recipes=backends.recipes,
        histories=lambda fleet, names: _histories(
            fleet, names, clone=partial(compose.clone_in, folder, settings), now=now
        ),
    )


def _histories(
    fleet: Fleet, names: frozenset[str], *, clone: Callable[[], Clone], now: datetime
) -> Mapping[str, KnownHistory]:
    """What this clone knows without a look at the remote: nothing where it is no clone, less where it is shallow."""
    try:
        opened = clone()
        integrity.check_loose(opened)
        repo, snapshot = compose.repo_of(opened), compose.ledger_of(opened, fleet).known()
        additions = AddedFiles(repo).of(names, commit=repo.resolve("HEAD"), snapshot=snapshot, now=now)
    except HeliumError:
        return {}
    histories = {name: KnownHistory(snapshot.records.get(name), additions.get(name)) for name in names}
    return {name: known for name, known in histories.items() if known.record is not None or known.addition is not None}


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
