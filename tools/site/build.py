"""Builds the site: its own environment, the staged pages, the generator in strict mode, and every link followed."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools import venv
from tools.progress import SetupError, run, say
from tools.site.check import faults
from tools.site.navigation import navigation
from tools.site.stage import stage

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"
NAV = "# nav\n"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def site(root: Path, _environ: Mapping[str, str]) -> int:
    """The site where `make site` has it."""
    return build(root, root / ".site")


def build(root: Path, folder: Path) -> int:
    """The site of this clone, in `html` of the folder. One that has a fault is named, and fails."""
    folder.mkdir(exist_ok=True)
    with LOCK.open("rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        python = generator(folder / "python")
        taken = stage(root, folder / "pages")
        for extra in (HERE / "site.css", HERE / "site.js", root / "helium/api/static/icon.svg"):
            shutil.copy(extra, folder / "pages")
        index = (root / "docs/README.md").read_text(encoding="utf-8")
        settings = (HERE / "zensical.toml").read_text(encoding="utf-8").replace(NAV, f"{navigation(index)}\n")
        (folder / "zensical.toml").write_text(settings, encoding="utf-8")
        generate(python, folder, files=len(taken))
    wrong = list(faults(folder / "html"))
    for line in wrong:
        say(line)
    if not wrong:
        say(f"the site is in {folder / 'html'}; every link of it leads somewhere")
    return 1 if wrong else 0


def generate(python: Path, folder: Path, *, files: int) -> None:
    """Run the generator. SetupError has what it found, without its colours and its traceback."""
    log = folder / "site.log"
    log.unlink(missing_ok=True)
    command = [python, "-m", "zensical", "build", "--clean", "--strict"]
    try:
        run(command, f"building the site of {files} files", log=log, folder=folder)
    except SetupError as error:
        said = COLOUR.sub("", log.read_text(encoding="utf-8")).partition("Traceback")[0].strip()
        raise SetupError(f"the generator refuses the site:\n{said}\nThe whole log: {log}") from error


def generator(folder: Path) -> Path:
    """The Python that has the locked generator. It is created again when the lock changes, or was interrupted."""
    stamp = folder / "installed"
    wanted = hashlib.sha256(str(folder).encode() + LOCK.read_bytes()).hexdigest()
    if not (venv.sound(folder) and stamp.is_file() and stamp.read_text() == wanted):
        venv.create(folder)
        pip = [folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]
        locked = [*pip, "--only-binary", ":all:", "--require-hashes", "-r", LOCK]
        run(locked, "installing the site's generator", log=folder / "pip.log")
        stamp.write_text(wanted)
    return folder / "bin/python"
