"""A fleet on disk: where its folder begins, and what is in it besides its files.

It refuses a folder that does not exist; whether it holds a fleet is for `open_fleet` to say.
"""

from __future__ import annotations

from pathlib import Path

from helium.core.fleet import SETTINGS
from helium.errors import UsageError

FOLDER = ".helium"
"""What a fleet keeps beside its files and out of git: passphrase, state and cloud of the sandbox, mirrors, tokens."""


def root_of(start: Path) -> Path:
    """The fleet's folder: `start` or the nearest above it with a `helium.yaml`, else the repository's root."""
    start = start.expanduser().absolute()
    if not start.is_dir():
        raise UsageError(f"There is no folder {start}.")
    for landmark in (SETTINGS, ".git"):
        for folder in (start, *start.parents):
            if (folder / landmark).exists():
                return folder
    return start
