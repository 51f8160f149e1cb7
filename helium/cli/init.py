"""`helium init`: a fleet of one's own, ready to be used in the sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helium.cli.options import CommandContext, on_fleet
from helium.core.spec import GOOGLE_RULE, refused_by_google
from helium.errors import UsageError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PIN = "OWNER/helium/.github/actions/helium@COMMIT"
"""What the workflows say until somebody names the Helium that they run."""
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,28}[a-z0-9])?")


@click.command(short_help="Create a fleet: its settings, schema and workflows.")
@click.argument("place", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="The fleet's name; by default the folder's.")
@click.option("--pin", metavar="OWNER/REPO@COMMIT", help="The Helium commit that its workflows run.")
@on_fleet
def init(context: CommandContext, place: Path, *, name: str | None, pin: str | None) -> None:
    """Create a fleet in FOLDER: helium.yaml, workspaces/, the schema, a README and thin workflows.

    Its cloud is the sandbox until you change helium.yaml. In a git repository it writes the files and leaves the commit
    to you; elsewhere it creates a repository with an initial commit.

    \b
    Example: helium init acme-workspaces
    """
    from helium.app.init import FleetTemplate, write_fleet

    fleet = name or _fleet_name(place)
    if not _NAME.fullmatch(fleet):
        raise UsageError(
            f"{fleet!r} cannot be a fleet's name; use at most 30 lowercase letters, digits and dashes, a letter first, "
            "and give it with --name"
        )
    if refused_by_google(fleet):
        raise UsageError(f"The fleet's name {fleet} {GOOGLE_RULE}. Give it another one with --name.")
    committed = write_fleet(place, FleetTemplate(fleet, _files(fleet, _pinned(pin))), settings=context.settings)
    if context.as_json:
        context.emit({"fleet": fleet, "folder": str(place), "committed": committed})
        return
    click.echo(f"the fleet {fleet} is in {place}, with the SANDBOX as its cloud")
    click.echo("its files are committed" if committed else f"commit its files: git -C {place} add . && git commit")
    click.echo(f"next: helium -C {place} new --expiry +1d && helium -C {place} reconcile")


def _fleet_name(folder: Path) -> str:
    """The folder's name, changed to what a fleet may be called."""
    words = re.sub(r"[^a-z0-9]+", "-", folder.expanduser().absolute().name.lower()).strip("-")
    return words.lstrip("0123456789-")[:30].strip("-") or "fleet"


def _pinned(pin: str | None) -> str:
    if pin is None:
        return PIN
    repository, _, commit = pin.partition("@")
    if repository.count("/") != 1 or not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise UsageError(
            f"--pin {pin!r} is not OWNER/REPO@COMMIT with a full commit id. Only that cannot be moved to another commit"
        )
    return f"{repository}/.github/actions/helium@{commit}"


def _files(name: str, pin: str) -> dict[str, str]:
    """The texts of a new fleet, by path."""
    from importlib.resources import files

    templates = files("helium.cli") / "templates"
    texts = {
        "helium.yaml": _text(templates / "helium.yaml"),
        "README.md": _text(templates / "README.md"),
        ".gitignore": _text(templates / "gitignore"),
        "workspaces/.gitkeep": "",
    }
    for workflow in (templates / "workflows").iterdir():
        texts[f".github/workflows/{workflow.name}"] = _text(workflow)
    return {path: text.replace("FLEET", name).replace(PIN, pin) for path, text in texts.items()}


def _text(template: Traversable) -> str:
    return template.read_text(encoding="utf-8")


COMMANDS = (init,)
