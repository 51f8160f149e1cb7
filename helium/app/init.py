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
README, IGNORED = "README.md", ".gitignore"
"""What a host puts into a new repository. A README of theirs stays; what git ignores is added to theirs."""


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
        raise UsageError(
            f"{folder} is a fleet already. Edit its {SETTINGS}, use --update to refresh its schema and workflows, or "
            "choose another folder."
        )
    texts = {path: small.pinned(text).encode() for path, text in template.files.items()}
    return write_new(folder, {**texts, **small.files(), **schema_files()}, name=template.name, settings=settings)


def write_new(folder: Path, files: Mapping[str, bytes], *, name: str, settings: Settings) -> bool:
    """Write files that are not there yet, and commit them where there is no repository. Whether they were committed."""
    files = _beside_theirs(folder, files)
    there = sorted(path for path in files if (folder / path).exists() and path != IGNORED)
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
        program.run("commit", "--quiet", "--message", MESSAGE.format(name=name))
    return not own


def schema_files() -> dict[str, bytes]:
    """The schemas, for editors."""
    return {f"schema/{name}": schemas.text(name) for name in (schemas.WORKSPACE, schemas.FLEET)}


def remote_of(folder: Path, settings: Settings) -> str:
    """The address of the folder's own repository at its host; empty where it has none."""
    if not (folder / ".git").exists():
        return ""
    asked = Git(folder, settings.environ).ask("remote", "get-url", settings.remote or "origin")
    return asked.out.decode(errors="replace").strip() if asked.code == 0 else ""


def _beside_theirs(folder: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    kept = {path: data for path, data in files.items() if path != README or not (folder / README).exists()}
    ignored = folder / IGNORED
    if IGNORED in kept and ignored.is_file():
        theirs = ignored.read_bytes()
        known = {line.strip() for line in theirs.splitlines()}
        more = [line for line in kept[IGNORED].splitlines() if line.strip() not in known]
        end = b"" if theirs.endswith(b"\n") or not theirs else b"\n"
        kept[IGNORED] = theirs + (end + b"\n".join(more) + b"\n" if more else b"")
    return kept


def _refuse_nobody(program: Git) -> None:
    """Called before anything is written: a commit needs an author, whose address becomes the owner of workspaces."""
    if any(program.ask("config", "--get", f"user.{key}").code for key in ("name", "email")):
        raise UsageError(NOBODY)
