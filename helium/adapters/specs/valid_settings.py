"""Remembers what a valid `helium.yaml` says, so that not every command has to parse it and ask the schema again.

The memory is a JSON file per digest, in the user's cache. Neither a folder that is missing or cannot be written nor a
file that cannot be read is an error: the settings are judged again, as they are after the cache was removed. Settings
with errors are never remembered.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.files import write_whole
from helium.core.digest import Json, digest


@dataclass(frozen=True, slots=True)
class ValidSettings:
    """What is remembered in `folder`; `None`: nothing is. `judged_by`: the digests of schema and program, and names."""

    folder: Path | None
    judged_by: tuple[str, ...]

    def document(self, data: bytes) -> Mapping[str, Json] | None:
        """What exactly these bytes say, if the same judge has found them valid; else `None`."""
        if self.folder is None:
            return None
        try:
            known = json.loads(self._file(self.folder, data).read_bytes())
        except (OSError, ValueError):
            return None
        return known if isinstance(known, dict) else None

    def add(self, data: bytes, document: Mapping[str, Json]) -> None:
        """Remember what valid bytes say."""
        if self.folder is None:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._file(self.folder, data), json.dumps(document).encode())

    def _file(self, folder: Path, data: bytes) -> Path:
        return folder / digest([*self.judged_by, hashlib.sha256(data).hexdigest()])
