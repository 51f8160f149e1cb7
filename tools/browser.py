"""Chromium for the tests of the pages and for their pictures: the machine's own, or the system's package.

Only root may install a system package. Without root and without a browser it refuses, and names what to install.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools.progress import SetupError, run

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGE = "chromium"
ABOUT = 30


def ensure(environ: Mapping[str, str]) -> Path:
    """The browser; installed when root is at hand and the system has apt-get. `SetupError` names the package."""
    if browser := found(environ):
        return browser
    apt = shutil.which("apt-get", path=environ.get("PATH", ""))
    if apt is None or os.geteuid() != 0:
        raise SetupError(
            f"the tests of the pages need Chromium: install the system package {PACKAGE} "
            f"(apt-get install {PACKAGE}), or have a {NAMES[0]} on the PATH"
        )
    with tempfile.TemporaryDirectory() as folder:
        log, quiet = Path(folder) / "log", {**environ, "DEBIAN_FRONTEND": "noninteractive"}
        run((apt, "update", "-q"), "Chromium: asking for packages", log=log, environ=quiet)
        command = (apt, "install", "-q", "--yes", "--no-install-recommends", PACKAGE)
        run(command, "Chromium: the system's package", log=log, about=ABOUT, environ=quiet)
    if (browser := found(environ)) is None:
        raise SetupError(f"{PACKAGE} was installed, and no {' or '.join(NAMES)} is on the PATH; put it there")
    return browser


def found(environ: Mapping[str, str]) -> Path | None:
    """The browser on the PATH, if there is one."""
    paths = (shutil.which(name, path=environ.get("PATH", "")) for name in NAMES)
    return next((Path(path) for path in paths if path), None)
