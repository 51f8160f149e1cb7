"""Prepares the machine of a CI job: later steps have `helium` on the PATH, and git can get the job's token.

A job says what it does, and gets the packages of that and no more. They go into a fresh folder for each job, from
wheels whose digests are in the lock, so what lay in a cache is checked like what came from the registry. It writes into
the files that the runner names, and refuses to run outside CI.
"""

from __future__ import annotations

import platform
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools import locked, make, wheels
from tools.find import cache, home
from tools.progress import SetupError
from tools.table import PULUMI, Tool


@dataclass(frozen=True, slots=True)
class Needs:
    """What a kind of job needs: extras of Helium, and tools beside the packages."""

    extras: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()


JOBS = {
    "check": Needs(),
    "plan": Needs(),
    "expire": Needs(),
    "operate": Needs(),
    "request": Needs(),
    "advance": Needs(),
    "pass": Needs(("engine", "buckets", "notify"), (PULUMI,)),
}
"""The kinds of job. Only a pass starts an engine."""

LAUNCHER = """#!{python}
import sys
from helium.cli import main
sys.exit(main())
"""


def keys(root: Path, job: str, *, environ: Mapping[str, str]) -> int:
    """Tell the cache what to keep, and under which name: the wheels, and for a pass Pulumi with its plugins."""
    outputs = given("GITHUB_OUTPUT", environ)
    if environ.get("HELIUM_BIN"):
        return 0
    packages = kept(root, job, environ=environ)
    append(outputs, f"packages={packages}")
    append(outputs, f"packages-key=helium-{packages.name}")
    if tools := JOBS[job].tools:
        plugins = Path(environ.get("PULUMI_HOME") or Path(environ["HOME"]) / ".pulumi") / "plugins"
        append(outputs, "\n".join(("tools<<END", *(str(home(tool, environ)) for tool in tools), str(plugins), "END")))
        versions = "-".join(str(tool).replace(" ", "-") for tool in tools)
        append(outputs, f"tools-key=helium-{versions}-{system()}-{locked.digest((root / locked.LOCK).read_text())}")
    return 0


def ready(root: Path, job: str, *, environ: Mapping[str, str]) -> int:
    """Set up, unless `HELIUM_BIN` names the folder of a `helium` that the machine already has."""
    path, exports = (given(name, environ) for name in ("GITHUB_PATH", "GITHUB_ENV"))
    own = environ.get("HELIUM_BIN")
    folder = machine(Path(own)) if own else installed(root, job, environ=environ)
    append(path, str(folder))
    # git asks for the token at each push, so it is never stored in the clone.
    append(exports, f"GIT_ASKPASS={root / '.github/actions/helium/askpass'}")
    return 0


def machine(folder: Path) -> Path:
    """The folder, if `helium` is in it."""
    if not (folder / "helium").is_file():
        raise SetupError(f"HELIUM_BIN names {folder}, which has no helium. Correct or unset it on this machine.")
    return folder.absolute()


def installed(root: Path, job: str, *, environ: Mapping[str, str]) -> Path:
    """The folder of a `helium` that runs from this tree, with the packages that the job needs, and its tools."""
    folder = Path(tempfile.mkdtemp(prefix="helium-", dir=environ.get("RUNNER_TEMP")))
    python = wheels.python(folder / "python")
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder / "python"), "platbase": ""}))
    wheels.provide(locked.part(root, JOBS[job].extras), kept(root, job, environ=environ), site=site, environ=environ)
    own(root, site)
    launcher = folder / "bin/helium"
    launcher.parent.mkdir()
    launcher.write_text(LAUNCHER.format(python=python))
    launcher.chmod(0o755)
    for tool in JOBS[job].tools:
        make.ensure(tool, environ, python=python)
    if environ.get("GITEA_ACTIONS") == "true":
        without_links(root, workspace=Path(environ.get("GITHUB_WORKSPACE") or root))
    return launcher.parent


def without_links(root: Path, *, workspace: Path) -> None:
    """Remove the links of a fetched tree. Gitea's runner copies it once more when the job ends, and trips over them.

    The tests need them, and no job of a fleet does. A tree in the workspace is somebody's checkout, and stays as it is.
    """
    if not root.is_relative_to(workspace):
        for link in (root / "tests").rglob("*"):
            if link.is_symlink():
                link.unlink()


def own(root: Path, site: Path) -> None:
    """Helium itself, from this tree, as an editable install has it; it needs no build and so no build backend."""
    project = tomllib.loads((root / locked.PROJECT).read_text())["project"]
    name, version = project["name"], project["version"]
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (site / "helium.pth").write_text(f"{root}\n")


def kept(root: Path, job: str, *, environ: Mapping[str, str]) -> Path:
    """Where the wheels of such a job are kept: one folder for each lock, Python and system."""
    text = locked.part(root, JOBS[job].extras)
    return cache(environ) / f"wheels-{system()}-{locked.digest(text)}"


def system() -> str:
    """What a wheel fits."""
    return f"{sys.implementation.cache_tag}-{platform.system()}-{platform.machine()}".lower()


def given(name: str, environ: Mapping[str, str]) -> Path:
    """The file that a variable of the runner names."""
    if not environ.get(name):
        raise SetupError(f"{name} is not set. This command is for CI; on your own machine, use make setup.")
    return Path(environ[name])


def append(file: Path, line: str) -> None:
    """Add a line to one of the runner's files."""
    with file.open("a") as lines:
        lines.write(f"{line}\n")
