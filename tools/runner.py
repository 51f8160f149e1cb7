"""Makes a CI job's machine ready: `helium` on the PATH of the steps that follow, and git's way to ask for the token.

Writes two lines into the files that the runner names. Refuses to run where no runner does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import make, venv
from tools.progress import SetupError
from tools.table import Tool


def ready(root: Path, tools: Sequence[Tool], *, environ: Mapping[str, str]) -> int:
    """Set up, unless `HELIUM_BIN` says where the machine's own `helium` is."""
    path, exports = (given(name, environ) for name in ("GITHUB_PATH", "GITHUB_ENV"))
    own = environ.get("HELIUM_BIN")
    folder = machine(Path(own)) if own else venv.ensure(root).parent
    for tool in () if own else tools:
        make.ensure(tool, environ)
    append(path, str(folder))
    # Asked for at each push, the token never lies in the clone.
    append(exports, f"GIT_ASKPASS={root / '.github/actions/helium/askpass'}")
    return 0


def machine(folder: Path) -> Path:
    """The folder, when `helium` is in it."""
    if not (folder / "helium").is_file():
        raise SetupError(f"HELIUM_BIN names {folder}, and there is no helium; correct or unset it on this machine")
    return folder.absolute()


def given(name: str, environ: Mapping[str, str]) -> Path:
    """The file that a variable of the runner names."""
    if not environ.get(name):
        raise SetupError(f"{name} is not set: this command is for CI; on your own machine use make setup")
    return Path(environ[name])


def append(file: Path, line: str) -> None:
    """Add a line to one of the runner's files."""
    with file.open("a") as lines:
        lines.write(f"{line}\n")
