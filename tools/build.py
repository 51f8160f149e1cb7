"""Builds wheel and source archive for a release, with the build backend of the lock and nothing else installed."""

from __future__ import annotations

import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools import locked, wheels
from tools.find import cache
from tools.progress import SetupError


def build(root: Path, folder: Path, *, environ: Mapping[str, str]) -> int:
    """Write both into the folder."""
    wanted = locked.with_needs(root, locked.for_a_build(root))
    with tempfile.TemporaryDirectory(prefix="helium-build-") as work:
        python = wheels.python(Path(work) / "python")
        site = Path(sysconfig.get_path("purelib", "venv", {"base": f"{work}/python", "platbase": ""}))
        wheels.provide(wanted, cache(environ) / f"wheels-build-{locked.digest(wanted)}", site=site, environ=environ)
        built = subprocess.run(
            [python, "-m", "hatchling", "build", "--directory", folder.absolute()], cwd=root, check=False
        )
    if built.returncode != 0:
        raise SetupError(f"hatchling could not build {root}; what it said is above")
    return 0
