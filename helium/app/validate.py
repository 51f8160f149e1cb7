"""Validates the files of the working tree, by the rules of the backends in that tree."""

from __future__ import annotations

from pathlib import Path

from helium.adapters.backends import find
from helium.adapters.specs.validate import ValidationResult, ValidationScope
from helium.adapters.specs.validate import validate as validated
from helium.app import compose
from helium.app.fleet_folder import root_of
from helium.app.run import clock
from helium.settings import Settings


def validate(start: Path, settings: Settings, *, paths: tuple[str, ...] = (), past: bool = False) -> ValidationResult:
    """Every error of `helium.yaml` and the specs, or of the named files; `past`: a deadline in the past is an error."""
    folder = root_of(start)
    named = frozenset(_inside(folder, start.absolute(), path=path) for path in paths)
    own = find.files_of(folder / find.STACKS) if (folder / find.STACKS).is_dir() else {}
    # The working tree's own backends, since that is what a person is about to commit.
    backends = compose.backends_in({f"{find.STACKS}/{path}": data for path, data in own.items()}, settings)
    specs = compose.specs_by(backends, settings)
    return validated(folder, specs, now=clock(), scope=ValidationScope(named, past), recipes=backends.recipes)


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
