"""The names in a `file://` state, read from its folder: a pass needs names, and Pulumi reads every stack for them.

Pulumi's own listing of 10,000 stacks takes minutes, and one torn state file makes it fail as a whole. This refuses to
guess: a layout that it does not know is an `UnknownLayoutError`, and then Pulumi is asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from helium.adapters.engine import state_files
from helium.core.stack import Stack, StackId

META = b"version: 1"
"""The whole of `.pulumi/meta.yaml` in the only layout that this module knows."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_STACK = re.compile(r"(?P<name>.+?)\.json(?:\.gz|\.zst)?")
_BESIDE = re.compile(r".+\.(?:bak|attrs|pulumi-tags)|.+\.json(?:\.gz|\.zst)?\.[0-9a-f]+(?:\.tmp)?")
"""What lies beside a state file: its backup, its attributes, its tags, and what a killed write or a person left."""


class UnknownLayoutError(Exception):
    """Something in the folder is not as this module knows it; the text says what."""


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
    if not project.is_dir() or not _NAME.fullmatch(project.name):
        raise UnknownLayoutError(f"{project.path} is not a project's folder")
    for entry in _entries(Path(project.path)):
        if stack := _STACK.fullmatch(entry.name):
            if not _NAME.fullmatch(stack["name"]):
                raise UnknownLayoutError(f"{entry.path} is not a stack's name")
            yield Stack(StackId(project.name, stack["name"]), state_files.problem(Path(entry.path)))
        elif entry.name.endswith(".attrs") and not state_files.ends_well(entry.path):
            _drop_attributes(entry.path)
        elif not _BESIDE.fullmatch(entry.name) or entry.is_dir():
            raise UnknownLayoutError(f"{entry.path} is not a state file")


def _drop_attributes(path: str) -> None:
    """Remove torn attributes: Pulumi cannot open the stack beside them, and would create it a second time."""
    # A viewer may not write there. Then that stack cannot be opened, and is kept.
    with suppress(OSError):
        Path(path).unlink()
