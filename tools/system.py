"""System programs that some tests need: Chromium and an ssh server. It takes the machine's own, or installs a package.

Only root can install a system package. Without root it refuses, and names the package to install. It also refuses to
install a package that would start a server on this machine.
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
"""Folders of servers, which are often not on the PATH of a user."""
STARTS_NONE = Path("/usr/sbin/policy-rc.d")
"""Containers often have this file. It keeps packages from starting the servers that they install."""


@dataclass(frozen=True, slots=True)
class Package:
    """A program by its possible names, and its package. `about`: seconds to install; `serves`: that starts a server."""

    names: tuple[str, ...]
    package: str
    purpose: str
    about: int
    serves: bool = False

    def locate(self, environ: Mapping[str, str]) -> Path | None:
        """The program, if this machine has it."""
        paths = (shutil.which(name, path=f"{environ.get('PATH', '')}:{_SERVERS}") for name in self.names)
        return next((Path(path) for path in paths if path), None)


PACKAGES = {
    "browser": Package(("chromium", "chromium-browser", "google-chrome"), "chromium", "the pages", 30),
    "sshd": Package(("sshd",), "openssh-server", "remotes over ssh", 10, serves=True),
}


def ensure(name: str, environ: Mapping[str, str]) -> Path:
    """The program. Installs it if this runs as root and the system has apt-get; else `SetupError` names the package."""
    wanted = PACKAGES[name]
    if program := wanted.locate(environ):
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
    if (program := wanted.locate(environ)) is None:
        raise SetupError(f"{wanted.package} was installed, but {wanted.names[0]} is not on the PATH. Put it there.")
    return program
