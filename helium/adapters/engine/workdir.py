"""The folder that an engine works in: one for each, removed with it, or an hour later if the engine was killed.

Whoever works in a folder has locked it, and the system releases the lock however the process ends. The hour is for the
workers of a killed engine, which let Pulumi release its own locks first.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

from helium.adapters.engine.settings import EngineSettings
from helium.core.workspace import Workspace
from helium.errors import EngineError

PREFIX = "helium-pass-"
HOUR = 3600.0
LOCK = "lock"


def fresh(among: Path | None = None) -> Path:
    """A new temporary folder for this user alone. Folders that killed engines left behind are removed."""
    among = among or Path(tempfile.gettempdir())
    for path in among.glob(f"{PREFIX}*"):
        if _is_left(path):
            shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=among))


def program_folder(settings: EngineSettings, workspace: Workspace, *, given: str) -> Path:
    """The folder of the backend's program: the one of the plan's commit, else the engine's own."""
    folder = Path(given) if given else settings.backends.get(workspace.backend)
    if folder is None or not (folder / "resources.py").is_file():
        raise EngineError(str(workspace.stack), f"the backend {workspace.backend} has no folder with a resources.py")
    return folder.resolve()


def lock(folder: Path) -> int:
    """Lock the folder for as long as the returned descriptor is open. Several processes may share the lock."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _is_left(folder: Path) -> bool:
    """Whether it is an hour old and nobody works in it. Another user's cannot be opened, and is theirs to remove."""
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
