"""What some tests want of the system itself: Chromium, and a server of ssh; the machine's own, or the system's package.

Only root may install a system package. Without root and without the program it refuses, and names what to install; so
it does where a package would start a server of the machine's own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.progress import SetupError, run

_SERVERS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where servers lie, which not everybody has on the PATH."""
STARTS_NONE = Path("/usr/sbin/policy-rc.d")
"""Containers have it: it keeps packages from starting what they bring."""


@dataclass(frozen=True, slots=True)
class Package:
    """Names of one program, the package that brings it, what it is for, seconds to install; `serves`: it starts it."""

    names: tuple[str, ...]
    package: str
    purpose: str
    about: int
    serves: bool = False

    def found(self, environ: Mapping[str, str]) -> Path | None:
        """The program, if it is there."""
        paths = (shutil.which(name, path=f"{environ.get('PATH', '')}:{_SERVERS}") for name in self.names)
        return next((Path(path) for path in paths if path), None)


PACKAGES = {
    "browser": Package(("chromium", "chromium-browser", "google-chrome"), "chromium", "the pages", 30),
    "sshd": Package(("sshd",), "openssh-server", "remotes over ssh", 10, serves=True),
}


def ensure(name: str, environ: Mapping[str, str]) -> Path:
    """The program; installed when root is at hand and the system has apt-get. `SetupError` names the package."""
    wanted = PACKAGES[name]
    if program := wanted.found(environ):
        return program
    apt = shutil.which("apt-get", path=environ.get("PATH", ""))
    if apt is None or os.geteuid() != 0 or (wanted.serves and not STARTS_NONE.exists()):
        raise SetupError(
            f"the tests of {wanted.purpose} need {wanted.names[0]}: install the system package {wanted.package} "
            f"(apt-get install {wanted.package}), or have {wanted.names[0]} on the PATH"
        )
    with tempfile.TemporaryDirectory() as folder:
        log, quiet = Path(folder) / "log", {**environ, "DEBIAN_FRONTEND": "noninteractive"}
        run((apt, "update", "-q"), f"{wanted.package}: asking for packages", log=log, environ=quiet)
        command = (apt, "install", "-q", "--yes", "--no-install-recommends", wanted.package)
        run(command, f"{wanted.package}: the system's package", log=log, about=wanted.about, environ=quiet)
    if (program := wanted.found(environ)) is None:
        raise SetupError(f"{wanted.package} was installed, and no {wanted.names[0]} is on the PATH; put it there")
    return program
