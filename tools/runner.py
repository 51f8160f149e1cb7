"""Prepares the machine of a CI job: later steps have `helium` on the PATH, and git can get the job's token.

It writes two lines into the files that the runner names, and refuses to run outside CI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import make, venv
from tools.progress import SetupError
from tools.table import Tool


def ready(root: Path, tools: Sequence[Tool], *, environ: Mapping[str, str]) -> int:
    """Set up, unless `HELIUM_BIN` names the folder of a `helium` that the machine already has."""
    path, exports = (given(name, environ) for name in ("GITHUB_PATH", "GITHUB_ENV"))
    own = environ.get("HELIUM_BIN")
    folder = machine(Path(own)) if own else venv.ensure(root).parent
    for tool in () if own else tools:
        make.ensure(tool, environ)
    append(path, str(folder))
    # git asks for the token at each push, so it is never stored in the clone.
    append(exports, f"GIT_ASKPASS={root / '.github/actions/helium/askpass'}")
    return 0


def machine(folder: Path) -> Path:
    """The folder, if `helium` is in it."""
    if not (folder / "helium").is_file():
        raise SetupError(f"HELIUM_BIN names {folder}, which has no helium. Correct or unset it on this machine.")
    return folder.absolute()


def given(name: str, environ: Mapping[str, str]) -> Path:
    """The file that a variable of the runner names."""
    if not environ.get(name):
        raise SetupError(f"{name} is not set. This command is for CI; on your own machine, use make setup.")
    return Path(environ[name])


def append(file: Path, line: str) -> None:
    """Add a line to one of the runner's files."""
    with file.open("a") as lines:
        lines.write(f"{line}\n")
