"""Gets wheels from the registry, keeps them, and unpacks them for a Python.

Each is checked against the lock when it is unpacked, so it does not matter who kept it: what is not exactly what the
lock names is refused. Nothing of a package runs for this, since a wheel is an archive that needs no building.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tools.locked import canonical, read
from tools.progress import SetupError, run, say


def provide(wanted: str, wheels: Path, *, site: Path, environ: Mapping[str, str], pip: str = "") -> None:
    """Unpack into `site` what the part of the lock names. Wheels that do not fit it are fetched again, once.

    `pip`: a Python that has it; by default this one, or one that is made for it.
    """
    if wheels.is_dir():
        try:
            return unpack(wanted, wheels, site=site)
        except SetupError as error:
            say(f"{error} The kept packages are removed, and fetched again.")
            shutil.rmtree(wheels)
    fetch(wanted, wheels, environ=environ, pip=pip)
    return unpack(wanted, wheels, site=site)


def fetch(wanted: str, wheels: Path, *, environ: Mapping[str, str], pip: str = "") -> None:
    """Download into a folder that appears complete or not at all."""
    wheels.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wheels-", suffix=".tmp", dir=wheels.parent) as name:
        work = Path(name)
        lock, log = work / "requirements.lock", work.parent / "wheels.log"
        lock.write_text(wanted)
        quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir"]
        exact = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", lock]
        command = [pip or python_with_pip(work), "-m", "pip", *quiet, "download", "--dest", work / "wheels", *exact]
        run(command, "fetching the locked packages", log=log, environ=environ)
        (work / "wheels").rename(wheels)


def python_with_pip(work: Path) -> str:
    """A Python that has pip: this one, or one that gets it from its own copy."""
    if importlib.util.find_spec("pip"):
        return sys.executable
    return str(python(work / "pip", bare=False))


def python(folder: Path, *, bare: bool = True) -> Path:
    """A new virtual environment's Python, `bare`: without pip, which would take longer than all the rest."""
    options = ["--without-pip"] if bare else []
    made = subprocess.run([sys.executable, "-m", "venv", *options, folder], check=False, capture_output=True, text=True)
    if made.returncode != 0:
        raise SetupError(
            f"{sys.executable} cannot create a virtual environment: {(made.stdout + made.stderr)[-300:]}\n"
            "Install pip or the venv module for it (on Debian and Ubuntu: python3-pip or python3-venv)."
        )
    return folder / "bin/python"


def unpack(wanted: str, wheels: Path, *, site: Path) -> None:
    """Unpack every wheel. `SetupError` before anything of one is written that the lock does not name."""
    digests = {entry.name: set(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry.text)) for entry in read(wanted)}
    for wheel in sorted(wheels.iterdir()):
        data = wheel.read_bytes()
        if hashlib.sha256(data).hexdigest() not in digests.get(canonical(wheel.name.partition("-")[0]), ()):
            raise SetupError(f"{wheel} is not what the lock names.")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    for beside in site.glob("*.data"):
        for part in ("purelib", "platlib"):
            if (beside / part).is_dir():
                shutil.copytree(beside / part, site, dirs_exist_ok=True)
        shutil.rmtree(beside)
