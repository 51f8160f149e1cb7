"""Remembers which `helium.yaml` the schema has nothing against, so that not every command has to ask it again.

The memory is an empty file per digest, in the user's cache. A folder that is missing, or cannot be written, is no
error: the file is judged again, as it is after the cache was removed. Errors are never remembered.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from helium.core.digest import digest


@dataclass(frozen=True, slots=True)
class ValidSettings:
    """What is remembered in `folder`; `None`: nothing is. `judged_by`: the digests of schema and program."""

    folder: Path | None
    judged_by: tuple[str, ...]

    def knows(self, data: bytes) -> bool:
        """Whether exactly these bytes were found valid, by this schema and this program."""
        try:
            return self.folder is not None and self._file(self.folder, data).is_file()
        except OSError:
            return False

    def add(self, data: bytes) -> None:
        """Remember bytes that are valid."""
        if self.folder is not None:
            with contextlib.suppress(OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                self._file(self.folder, data).touch()

    def _file(self, folder: Path, data: bytes) -> Path:
        return folder / digest([*self.judged_by, hashlib.sha256(data).hexdigest()])
