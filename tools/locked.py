"""The part of `requirements.lock` that some extras need: versions and digests as they are there, and nothing else.

One lock, so nothing can drift: each entry in it says in a comment which packages asked for it, and `pyproject.toml`
says what each extra asks for. Where two parts of Helium ask for different things of one package, a part has both.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.progress import SetupError

LOCK, PROJECT = "requirements.lock", "pyproject.toml"


@dataclass(frozen=True, slots=True)
class LockEntry:
    """One package of the lock: its name, its lines as pip reads them, and what asked for it."""

    name: str
    text: str
    asked_by: tuple[str, ...]


def part(root: Path, extras: Iterable[str] = ()) -> str:
    """What pip is given to install Helium with these extras, or the base alone."""
    return with_needs(root, asked_for(root, extras))


def with_needs(root: Path, names: Iterable[str]) -> str:
    """The entries of these packages, and of all that they need."""
    entries = {entry.name: entry for entry in read((root / LOCK).read_text())}
    needed = set(names)
    if unknown := needed - entries.keys():
        raise SetupError(f"{LOCK} lacks {', '.join(sorted(unknown))}. Resolve it again: make lock")
    while more := {name for name, entry in entries.items() if needed & {*entry.asked_by}} - needed:
        needed |= more
    return "".join(entry.text for name, entry in entries.items() if name in needed)


def for_a_build(root: Path) -> tuple[str, ...]:
    """The packages that build this project."""
    project = tomllib.loads((root / PROJECT).read_text())
    return tuple(map(canonical, project["build-system"]["requires"]))


def asked_for(root: Path, extras: Iterable[str]) -> Iterator[str]:
    """The packages that the project itself names. An extra may name others of the project's."""
    project = tomllib.loads((root / PROJECT).read_text())["project"]
    for wanted in (project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)):
        for requirement in wanted:
            name, inner = re.fullmatch(r"([\w.-]+)(?:\[([\w,-]+)\])?.*", requirement).groups()  # type: ignore[union-attr]
            if canonical(name) == canonical(project["name"]):
                yield from asked_for(root, inner.split(","))
            else:
                yield canonical(name)


def read(lock: str) -> Iterator[LockEntry]:
    """Every entry."""
    for block in re.split(r"\n(?=[a-z0-9])", lock.strip()):
        lines = block.splitlines()
        comments = [line.strip().lstrip("# ").removeprefix("via").strip() for line in lines if line.lstrip()[0] == "#"]
        text = "".join(f"{line}\n" for line in lines if line.lstrip()[0] != "#")
        yield LockEntry(canonical(block), text, tuple(canonical(each) for each in comments if each))


def digest(text: str) -> str:
    """Enough of a digest to tell two locks apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def canonical(name: str) -> str:
    """A distribution's name as registries compare it, without what follows it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=<>~! ;(]", name)[0]).lower()
