"""A new backend in a fleet's working tree: a skeleton, or a copy of one that Helium brings.

Refuses to write over anything, and every name that a backend cannot have. It commits nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.backends import BackendSet, find
from helium.adapters.backends.manifest import CHECK, FLEETS_OWN
from helium.adapters.backends.secret_rights import SECRETS
from helium.adapters.charts import small
from helium.app.checked_out import checked_out
from helium.core.digest import Json
from helium.core.fleet import KIND, SETTINGS, Fleet
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
    root, opened, fleet = here.folder, here.backends, here.fleet
    if root is None:
        raise UsageError(
            f"{start.absolute()} is in no fleet, so there is no folder {find.STACKS} to write to; go to a fleet's "
            "folder, name it with -C, or create one with helium init"
        )
    _refuse_taken(name, root, opened=opened, fleet=fleet)
    files = _copy(copied, opened=opened) if copied else {path: text.encode() for path, text in skeleton.items()}
    folder = root / find.STACKS / name
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    entry = _entry(copied, opened=opened, fleet=fleet) if copied else {}
    return NewBackend(name, folder, tuple(sorted(files)), entry)


def _refuse_taken(name: str, root: Path, *, opened: BackendSet, fleet: Fleet) -> None:
    folder = root / find.STACKS / name
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists, and is not overwritten; choose another name, or remove it")
    if name in opened.known:
        raise UsageError(f"{name} is a backend that Helium brings; choose another name, or copy it with --from {name}")
    if KIND in fleet.backends.get(name, {}):
        raise UsageError(f"backends.{name} in {SETTINGS} is an instance of {fleet.kind_of(name)}; choose another name")


def _copy(copied: str, *, opened: BackendSet) -> Mapping[str, bytes]:
    if copied not in opened.known:
        raise UsageError(f"--from {copied}: there is no such backend; known are {', '.join(sorted(opened.known))}")
    folder = opened.folders[copied]
    check = {CHECK: (folder / CHECK).read_bytes()} if (folder / CHECK).is_file() else {}
    return {**find.files_of(folder), **check}


def _entry(copied: str, *, opened: BackendSet, fleet: Fleet) -> Mapping[str, Json]:
    """The settings of what was copied, and the line with which its program goes on reading the same secrets."""
    manifest, folder = opened.known[copied].manifest, opened.folders[copied]
    said = fleet.backends.get(copied)
    if said is None and (folder / CHECK).is_file():
        said = json.loads(small.pinned((folder / CHECK).read_text())).get("settings")
    secrets = [each for each in manifest.secrets if not each.startswith(FLEETS_OWN)]
    return {**({SECRETS: secrets} if secrets else {}), **(said or {})}
