"""The names in a `file://` state, read from its folder: a pass needs names, and Pulumi reads every stack for them.

Pulumi's own listing of 10,000 stacks takes minutes, and one torn state file makes it fail as a whole. This refuses to
guess: a layout that it does not know is an `UnknownLayoutError`, and then Pulumi is asked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from helium.adapters.engine import state_files
from helium.adapters.engine.stack_names import META, UnknownLayoutError, is_project, stack_name
from helium.core.stack import Stack, StackId


def scan(folder: Path) -> tuple[Stack, ...]:
    """Every stack of the state. `UnknownLayoutError` where Pulumi may see something else in this folder."""
    pulumi = folder / ".pulumi"
    try:
        if not _is_begun(pulumi):
            return ()
        return tuple(each for project in _entries(pulumi / "stacks") for each in _of_project(project))
    except OSError as error:
        raise UnknownLayoutError(f"{error.filename or folder} cannot be read ({error.strerror})") from None


def _is_begun(pulumi: Path) -> bool:
    """Whether Pulumi has written there. `UnknownLayoutError` where the layout is of another version."""
    stacks = pulumi / "stacks"
    try:
        meta = (pulumi / "meta.yaml").read_bytes().strip()
    except FileNotFoundError:
        if stacks.exists():
            raise UnknownLayoutError(f"{pulumi} does not have a meta.yaml") from None
        return False
    if meta != META:
        raise UnknownLayoutError(f"{pulumi / 'meta.yaml'} is not of version 1")
    return stacks.exists()


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from entries


def _of_project(project: os.DirEntry[str]) -> Iterator[Stack]:
    if not project.is_dir() or not is_project(project.name):
        raise UnknownLayoutError(f"{project.path} is not a project's folder")
    for entry in _entries(Path(project.path)):
        if (name := stack_name(entry.name, entry.path)) is not None:
            yield Stack(StackId(project.name, name), state_files.problem(entry.path))
        elif entry.name.endswith(".attrs") and not state_files.ends_well(entry.path):
            _drop_attributes(entry.path)
        elif entry.is_dir():
            raise UnknownLayoutError(f"{entry.path} is not a state file")


def _drop_attributes(path: str) -> None:
    """Remove torn attributes: Pulumi cannot open the stack beside them, and would create it a second time."""
    # A viewer may not write there. Then that stack cannot be opened, and is kept.
    with suppress(OSError):
        Path(path).unlink()
