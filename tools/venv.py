"""Creates `.venv` from the lock file, and fills it again when the lock changes.

Two stamps in the folder say what the packages and Helium itself were installed from. Each is written last, so a stamp
that says `installing` was interrupted, and the folder is created again. pip refuses packages whose digest is not in
the lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.progress import SetupError, run, say

PACKAGES, OWN = "helium-packages", "helium-itself"
UNFINISHED = "installing"


def ensure(root: Path) -> Path:
    """The clone's own Python. Everything in the lock is installed, and so is Helium, from the clone."""
    folder = root / ".venv"
    if not complete(root, folder):
        with (root / "pyproject.toml").open("rb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if not complete(root, folder):
                install(root, folder)
    return folder / "bin/python"


def complete(root: Path, folder: Path) -> bool:
    """Whether the folder has all that the lock and the project name, and its Python still exists."""
    return (
        sound(folder)
        and (folder / "bin/helium").exists()
        and stamped(folder, PACKAGES) == wanted(root, "requirements.lock")
        and stamped(folder, OWN) == wanted(root, "pyproject.toml")
    )


def wanted(root: Path, name: str) -> str:
    """What a stamp must say: a digest of its input, and of the folder, because installed scripts contain its path."""
    return hashlib.sha256(str(root).encode() + (root / name).read_bytes()).hexdigest()


def stamped(folder: Path, name: str) -> str:
    """What a stamp says, or nothing if it does not exist."""
    stamp = folder / name
    return stamp.read_text() if stamp.is_file() else ""


def sound(folder: Path) -> bool:
    """Whether the interpreter that created the folder still exists."""
    return (folder / "bin/python").resolve().exists()


def install(root: Path, folder: Path) -> None:
    """Install what is not stamped yet: the locked packages, then Helium as an editable install."""
    if not sound(folder) or stamped(folder, PACKAGES) == UNFINISHED:
        create(folder)
    pip = [folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]
    descriptor, name = tempfile.mkstemp(prefix="helium-pip-", suffix=".log")
    os.close(descriptor)
    log = Path(name)
    if stamped(folder, PACKAGES) != wanted(root, "requirements.lock"):
        (folder / PACKAGES).write_text(UNFINISHED)
        locked = [*pip, "--require-hashes", "-r", root / "requirements.lock"]
        run(locked, "installing the locked Python packages into .venv", log=log, about=90)
        (folder / PACKAGES).write_text(wanted(root, "requirements.lock"))
    own = [*pip, "--no-build-isolation", "-e", root]
    run(own, "installing helium from this clone", log=log)
    (folder / OWN).write_text(wanted(root, "pyproject.toml"))
    log.unlink()


def create(folder: Path) -> None:
    """A fresh virtual environment with pip in it."""
    say(f"creating {folder.name} with Python {sys.version.split()[0]}")
    created = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", folder],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if created.returncode != 0:
        raise SetupError(
            f"{sys.executable} cannot create a virtual environment: {(created.stdout + created.stderr)[-300:]}\n"
            "Install its venv module (on Debian and Ubuntu the package python3-venv), "
            "or name another Python: make PYTHON=/path/to/python3 …"
        )
