"""A new backend in a fleet's working tree: a skeleton, or a copy of one that Helium brings.

Refuses to write over anything, and every name that a backend cannot have. It commits nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.backends import find, secret_rights
from helium.adapters.backends.manifest import CHECK
from helium.app.checked_out import CheckedOutFleet, checked_out
from helium.app.tried_with import settings_in, tried_with
from helium.core.digest import Json
from helium.core.fleet import KIND, SETTINGS
from helium.core.stack import MARKER
from helium.errors import UsageError
from helium.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class NewBackend:
    """What was written: the folder, its files by their paths in it, and the entry that `helium.yaml` needs for it."""

    name: str
    folder: Path
    files: tuple[str, ...]
    entry: Mapping[str, Json]


def write_backend(
    start: Path, settings: Settings, *, name: str, skeleton: Mapping[str, str], copied: str = ""
) -> NewBackend:
    """Write the skeleton, or the files of the backend `copied`; `UsageError` where that cannot be."""
    if not _NAME.fullmatch(name) or name == MARKER:
        raise UsageError(
            f"{name!r} cannot be a backend's name; use letters, digits, dashes and underscores, a letter or digit "
            f"first, at most 63, and not {MARKER}"
        )
    here = checked_out(start, settings)
    if here.folder is None:
        raise UsageError(
            f"{start.absolute()} is in no fleet, so there is no folder {find.STACKS} to write to; go to a fleet's "
            "folder, name it with -C, or create one with helium init"
        )
    folder = here.folder / find.STACKS / name
    _refuse_taken(name, folder, here=here)
    files = _copy(copied, here=here) if copied else {path: text.encode() for path, text in skeleton.items()}
    entry = _entry(copied, here=here) if copied else {}
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return NewBackend(name, folder, tuple(sorted(files)), entry)


def _refuse_taken(name: str, folder: Path, *, here: CheckedOutFleet) -> None:
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists, and is not overwritten; choose another name, or remove it")
    if name in here.backends.known:
        raise UsageError(f"{name} is a backend that Helium brings; choose another name, or copy it with --from {name}")
    if KIND in here.fleet.backends.get(name, {}):
        kind = here.fleet.kind_of(name)
        raise UsageError(f"backends.{name} in {SETTINGS} is an instance of {kind}; choose another name")


def _copy(copied: str, *, here: CheckedOutFleet) -> Mapping[str, bytes]:
    known = here.backends.known
    if copied not in known:
        raise UsageError(f"--from {copied}: there is no such backend; known are {', '.join(sorted(known))}")
    folder = here.place_of(copied)
    check = {CHECK: (folder / CHECK).read_bytes()} if (folder / CHECK).is_file() else {}
    return {**find.files_of(folder), **check}


def _entry(copied: str, *, here: CheckedOutFleet) -> Mapping[str, Json]:
    """The settings of what was copied, and the line with which its program goes on reading the same secrets."""
    said = here.fleet.backends.get(copied)
    settings = settings_in(tried_with(here.place_of(copied))) if said is None else said
    return {**secret_rights.of_a_copy(here.backends.known[copied].manifest), **settings}
