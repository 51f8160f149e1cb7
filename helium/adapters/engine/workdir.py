"""The folder that an engine works in: one each, gone with it, and gone an hour later where the engine was killed.

Whoever works in a folder holds its lock, which the system lets go of however the process ends. The hour is for a
killed engine's workers, which let Pulumi give its locks back first.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "helium-pass-"
HOUR = 3600.0
LOCK = "held"


def fresh(among: Path | None = None) -> Path:
    """A new folder for this user alone, among the temporary ones; those that killed engines left there are removed."""
    among = among or Path(tempfile.gettempdir())
    for path in among.glob(f"{PREFIX}*"):
        if _is_left(path):
            shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=among))


def hold(folder: Path) -> int:
    """Lock the folder, with others who work there, for as long as the descriptor is open."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _is_left(folder: Path) -> bool:
    """Whether it is an hour old, and nobody's. One of another user cannot be opened, and is theirs to remove."""
    try:
        if time.time() - folder.stat().st_mtime < HOUR:
            return False
        descriptor = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
