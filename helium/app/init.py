"""A new fleet on disk: its files, and the first commit where there is no repository yet.

Refuses a folder that is a fleet already, and to write over any file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.charts import small
from helium.adapters.git_repo.git_cli import Git
from helium.adapters.specs import schemas
from helium.app.open_fleet import NOBODY
from helium.core.fleet import SETTINGS
from helium.errors import UsageError
from helium.settings import Settings

MESSAGE = "Create the fleet {name}"


@dataclass(frozen=True, slots=True)
class FleetTemplate:
    """What a new fleet consists of, besides schemas and small charts: its name, and the text of each file by its path.

    `DIGEST-OF-NAME` in a text stands for the digest of a small chart.
    """

    name: str
    files: Mapping[str, str]


def write_fleet(folder: Path, template: FleetTemplate, *, settings: Settings) -> bool:
    """Write the files; whether they were committed as well, which happens only in a new repository. `UsageError`."""
    folder = folder.expanduser().absolute()
    if (folder / SETTINGS).exists():
        raise UsageError(f"{folder} is a fleet already. Edit its {SETTINGS}, or choose another folder.")
    files = {path: small.pinned(text).encode() for path, text in template.files.items()}
    files |= small.files()
    files |= {f"schema/{name}": schemas.text(name) for name in (schemas.WORKSPACE, schemas.FLEET)}
    there = sorted(path for path in files if (folder / path).exists())
    if there:
        raise UsageError(f"{folder / there[0]} exists, and is not overwritten. Move it, or choose another folder.")
    own = (folder / ".git").exists()
    program = Git(folder, settings.environ)
    if not own:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_nobody(program)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    if not own:
        program.run("init", "--quiet", "--initial-branch=main")
        program.run("add", "--", *sorted(files))
        program.run("commit", "--quiet", "--message", MESSAGE.format(name=template.name))
    return not own


def _refuse_nobody(program: Git) -> None:
    """Called before anything is written: a commit needs an author, whose address becomes the owner of workspaces."""
    if any(program.ask("config", "--get", f"user.{key}").code for key in ("name", "email")):
        raise UsageError(NOBODY)
