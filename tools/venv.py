"""Makes `.venv` from the lock file, once for each lock.

A stamp, written last, says what the folder was made from; one that says `installing` was interrupted, and the
folder is made anew. Refuses packages whose digest is not in the lock.
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

STAMP = "helium-stamp"
UNFINISHED = "installing"
INPUTS = ("requirements.lock", "pyproject.toml")


def ensure(root: Path) -> Path:
    """The clone's own Python, with everything in the lock and Helium itself installed from the clone."""
    folder = root / ".venv"
    if stamped(folder) == wanted(root):
        return folder / "bin/python"
    with (root / "pyproject.toml").open("rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if stamped(folder) != wanted(root):
            install(root, folder)
    return folder / "bin/python"


def wanted(root: Path) -> str:
    """What the stamp must say: a digest of the inputs, and of the place, since scripts name their folder."""
    digest = hashlib.sha256(str(root).encode())
    for name in INPUTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def stamped(folder: Path) -> str:
    """What the stamp says; empty when there is none, or when its Python is gone."""
    stamp = folder / STAMP
    return stamp.read_text() if stamp.is_file() and (folder / "bin/helium").exists() and sound(folder) else ""


def sound(folder: Path) -> bool:
    """Whether the interpreter that the folder was made with is still there."""
    return (folder / "bin/python").resolve().exists()


def install(root: Path, folder: Path) -> None:
    """Fill the folder; the stamp says `installing` until all is in."""
    stamp, python = folder / STAMP, folder / "bin/python"
    if not sound(folder) or (stamp.exists() and stamp.read_text() == UNFINISHED):
        create(folder)
    stamp.write_text(UNFINISHED)
    descriptor, log = tempfile.mkstemp(prefix="helium-pip-", suffix=".log")
    os.close(descriptor)
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    locked: list[str | Path] = [*pip, "--require-hashes", "--no-deps", "-r", root / "requirements.lock"]
    run(locked, "installing the locked Python packages into .venv", log=Path(log), about=90)
    own: list[str | Path] = [*pip, "--no-deps", "--no-build-isolation", "-e", root]
    run(own, "installing helium from this clone", log=Path(log))
    Path(log).unlink()
    stamp.write_text(wanted(root))


def create(folder: Path) -> None:
    """A fresh virtual environment with pip in it."""
    say(f"making {folder.name} with Python {sys.version.split()[0]}")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", folder],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if made.returncode != 0:
        raise SetupError(
            f"{sys.executable} cannot make a virtual environment: {(made.stdout + made.stderr)[-300:]}\n"
            "Install its venv module (on Debian and Ubuntu the package python3-venv), "
            "or name another Python: make PYTHON=/path/to/python3 …"
        )
