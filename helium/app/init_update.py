"""The schema and the workflows of a fleet, as this Helium has them: what `helium init --update` writes.

It says in words what changes, and refuses to write over what is not committed, or over a workflow that a person has
changed: then what it would write is beside it. It never touches helium.yaml or a workspace. Lines that give a pass more
of a fleet's secrets are the fleet's own, and stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.git_repo.git_cli import Git
from helium.app.written_files import is_untouched, keeps_own_lines, with_own_lines
from helium.core.digest import Json
from helium.core.fleet import SETTINGS
from helium.errors import UsageError
from helium.settings import Settings


@dataclass(frozen=True, slots=True)
class FileUpdate:
    """A file that changes: what it will be, and in words how that differs."""

    path: str
    data: bytes
    sentence: str


def refuse_no_fleet(folder: Path) -> None:
    """`UsageError` where there is no fleet."""
    if not (folder / SETTINGS).is_file():
        raise UsageError(f"{folder} is not a fleet: it has no {SETTINGS}. Without --update, helium init creates one.")


def updates(folder: Path, files: Mapping[str, bytes]) -> tuple[FileUpdate, ...]:
    """What would change in a folder."""
    return tuple(each for path, data in sorted(files.items()) if (each := _update(folder, path, data=data)))


def write(folder: Path, changed: Iterable[FileUpdate], *, settings: Settings) -> None:
    """Write them into the working tree; the commit is a person's. `UsageError` before anything of theirs is lost."""
    changed = [each for each in changed if not _has(folder / each.path, each.data)]
    paths = [each.path for each in changed]
    program = Git(folder, settings.environ)
    if paths and (lost := program.text("status", "--porcelain", "--", *paths)):
        first = lost.splitlines()[0][3:]
        raise UsageError(f"{first} has changes that are not committed. Commit them or put them away, then try again.")
    for each in changed:
        (folder / each.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / each.path).write_bytes(each.data)


def _update(folder: Path, path: str, *, data: bytes) -> FileUpdate | None:
    file = folder / path
    if not file.is_file():
        return FileUpdate(path, data, "is new")
    old = file.read_bytes()
    if path.endswith(".json"):
        return FileUpdate(path, data, _schema_words(old, data)) if old != data else None
    before, written = old.decode(errors="replace"), data.decode()
    # Elsewhere than where they stood, a step would get a secret that nobody gave it.
    new = with_own_lines(before, written) if keeps_own_lines(before, new=written) else written
    if before == new:
        return None
    if is_untouched(before, new=new):
        return FileUpdate(path, new.encode(), _line_words(before, new))
    return FileUpdate(f"{path}.new", new.encode(), _beside(path, _line_words(before, new)))


def _has(file: Path, data: bytes) -> bool:
    return file.is_file() and file.read_bytes() == data


def _beside(path: str, words: str) -> str:
    """What to do with a file that would have replaced a person's own."""
    first, _, lines = words.partition("\n")
    return (
        f"is beside {path}, which is not as Helium wrote it and stays: with the new one, {first}. "
        f"Put into the new one what is yours, then `mv {path}.new {path}`.\n{lines}"
    )


def _line_words(old: str, new: str) -> str:
    before, after = ([line.strip() for line in text.splitlines() if line.strip()] for text in (old, new))
    comes = [line for line in dict.fromkeys(after) if line not in before]
    goes = [line for line in dict.fromkeys(before) if line not in after]
    parts = [f"{len(lines)} line{'s' if len(lines) > 1 else ''} {verb}" for lines, verb in _counted(comes, goes)]
    lines = [*(f"  - {line}" for line in goes), *(f"  + {line}" for line in comes)]
    return "\n".join([", ".join(parts) or "is in another order", *lines])


def _counted(comes: list[str], goes: list[str]) -> Iterator[tuple[list[str], str]]:
    yield from ((lines, verb) for lines, verb in ((goes, "will go"), (comes, "will come")) if lines)


def _schema_words(old: bytes, new: bytes) -> str:
    try:
        before = set(_named(json.loads(old)))
    except ValueError:
        before = set()
    after = set(_named(json.loads(new)))
    named = ((after - before, "adds"), (before - after, "drops"))
    parts = [f"{verb} {', '.join(sorted(names))}" for names, verb in named if names]
    return "; ".join(parts) or "describes the same fields in other words"


def _named(schema: Json, *, above: str = "") -> Iterator[str]:
    """Every field that a schema describes, by its path."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "properties" and isinstance(value, Mapping):
                for name, inner in value.items():
                    yield f"{above}{name}"
                    yield from _named(inner, above=f"{above}{name}.")
            elif key in ("items", "additionalProperties"):
                yield from _named(value, above=above)
