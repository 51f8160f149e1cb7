"""`helium init`: a fleet of one's own, ready to be used in the sandbox; and later, its schema and workflows again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helium.cli.options import CommandContext, on_fleet
from helium.core.spec import GOOGLE_RULE, refused_by_google
from helium.errors import UsageError

if TYPE_CHECKING:
    from helium.cli.fleet_files import Pin

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,28}[a-z0-9])?")


@click.command(short_help="Create a fleet: its settings, schema and workflows.")
@click.argument("place", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="The fleet's name; by default the folder's.")
@click.option("--host", type=click.Choice(["github", "gitea"]), help="Whose workflows to write; by default GitHub's.")
@click.option(
    "--pin",
    "pinned",
    metavar="OWNER/REPO@COMMIT",
    help="The Helium that its workflows run (at a Gitea: also an address for OWNER/REPO); by default, no workflows.",
)
@click.option("--operates", metavar="URL", help="Create the repository that passes over this fleet at a Gitea.")
@click.option("--update", is_flag=True, help="Refresh schema and workflows of a fleet that is there.")
@on_fleet
def init(
    context: CommandContext,
    place: Path,
    *,
    name: str | None,
    host: str | None,
    pinned: str | None,
    **how: str | bool | None,
) -> None:
    """Create a fleet in FOLDER: helium.yaml, workspaces/, the schema, a README, thin workflows, and what reviews need.

    Its cloud is the sandbox until you change helium.yaml. In a git repository it writes the files and leaves the commit
    to you; elsewhere it creates a repository with an initial commit. What is there stays: a README, a pull request
    template, a file CODEOWNERS.

    A Gitea hands a repository's secrets to the workflows of every branch. So passes over a fleet there run in a
    repository of their own: --operates creates it, --host gitea the fleet. A control plane is the other way.

    With --update it writes the schema, and the workflows at the Helium that they name or that --pin names, and says
    what changes. It adds a workflow only with --pin. It never touches helium.yaml, a workspace, or what you made of the
    files for reviews. It also refreshes what --operates has created.

    \b
    Example: helium init acme-workspaces
    """
    from helium.cli.fleet_files import Pin

    pin = Pin.parse(pinned) if pinned else None
    if how["update"]:
        _update(context, place, host=host, pin=pin)
    elif how["operates"]:
        _operate(context, place, url=str(how["operates"]), pin=pin)
    else:
        _create(context, place, name=name or _fleet_name(place), host=host or "github", pin=pin)


def _create(context: CommandContext, place: Path, *, name: str, host: str, pin: Pin | None) -> None:
    from helium.app.init import FleetTemplate, remote_of, write_fleet
    from helium.cli import review_files
    from helium.cli.fleet_files import new_fleet

    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a fleet's name; use at most 30 lowercase letters, digits and dashes, a letter first, "
            "and give it with --name"
        )
    if refused_by_google(name):
        raise UsageError(f"The fleet's name {name} {GOOGLE_RULE}. Give it another one with --name.")
    remote = remote_of(place.expanduser().absolute(), context.settings)
    files = new_fleet(name, host=host, remote=remote, pin=pin) | review_files.missing(place.expanduser(), host=host)
    committed = write_fleet(place, FleetTemplate(name, files), settings=context.settings)
    if context.as_json:
        context.emit({"fleet": name, "folder": str(place), "committed": committed})
        return
    click.echo(f"the fleet {name} is in {place}, with the SANDBOX as its cloud")
    _say_committed(place, committed)
    if pin is None:
        click.echo(f"it has no workflows yet: helium init {place} --update --pin OWNER/REPO@COMMIT adds them")
    click.echo(f"next: helium -C {place} new --expiry +1d && helium -C {place} reconcile")


def _operate(context: CommandContext, place: Path, *, url: str, pin: Pin | None) -> None:
    from helium.app.init import write_new
    from helium.cli.fleet_files import operators

    if pin is None:
        raise UsageError("--operates needs --pin OWNER/REPO@COMMIT: its workflows are all that such a repository is.")
    if not re.fullmatch(r"(https?|ssh|file)://[^\s@]+", url):
        raise UsageError("--operates needs the address of the fleet's repository, such as https://…, without a token")
    files = {path: text.encode() for path, text in operators(url, pin=pin).items()}
    committed = write_new(place.expanduser().absolute(), files, name=f"operators of {url}", settings=context.settings)
    if context.as_json:
        context.emit({"fleet": url, "folder": str(place), "committed": committed})
        return
    click.echo(f"what passes over {url} is in {place}; its README says which secrets it needs")
    _say_committed(place, committed)


def _update(context: CommandContext, place: Path, *, host: str | None, pin: Pin | None) -> None:
    from helium.app import init_update
    from helium.app.init import schema_files

    folder = place.expanduser().absolute()
    files, more = _of_operators(folder, pin=pin), dict[str, bytes]()
    if not files:
        init_update.refuse_no_fleet(folder)
        files, reviews = _host_files(folder, host=host, pin=pin)
        more = {**schema_files(), **reviews}
    # The Helium that a fleet pins may know nothing of what a new workflow runs.
    left = [] if pin else sorted(path for path in files if not (folder / path).is_file())
    changed = init_update.updates(folder, {**more, **{path: files[path] for path in files if path not in left}})
    init_update.write(folder, changed, settings=context.settings)
    if context.as_json:
        rows = [{"path": each.path, "change": each.sentence} for each in changed]
        context.emit(rows + [{"path": path, "change": "is left out without --pin"} for path in left])
        return
    for each in changed:
        click.echo(f"{each.path}: {each.sentence}")
    if left:
        click.echo(f"left out, because the Helium that is pinned may not know what they run: {', '.join(left)}")
        click.echo(f"to add them: helium init {place} --update --pin OWNER/REPO@COMMIT, with this Helium")
    end = f"look at it, then commit it: git -C {place} diff" if changed else "nothing to update"
    click.echo(end)


def _of_operators(folder: Path, *, pin: Pin | None) -> Mapping[str, bytes]:
    """The workflows of the repository that passes over a fleet at a Gitea; nothing in any other folder."""
    from helium.cli.fleet_files import GITEA, PLACES, operated_in, operators, pinned_in

    file = folder / PLACES[GITEA] / "reconcile.yml"
    text = file.read_text("utf-8", "replace") if file.is_file() else ""
    url, pin = operated_in(text), pin or pinned_in(text)
    if url is None or pin is None:
        return {}
    texts = operators(url, pin=pin)
    return {path: written.encode() for path, written in texts.items() if path.startswith(PLACES[GITEA])}


def _host_files(folder: Path, *, host: str | None, pin: Pin | None) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """The workflows of the host that has some there, at the Helium that they name unless somebody says otherwise; and
    what its reviews lack.
    """
    from helium.cli import review_files
    from helium.cli.fleet_files import GITEA, GITHUB, PLACES, pinned_in, workflows

    there = {name: sorted((folder / place).glob("*.yml")) for name, place in PLACES.items()}
    host = host or (GITEA if there[GITEA] else GITHUB)
    named = [found for file in there[host] if (found := pinned_in(file.read_text("utf-8", "replace")))]
    pin = pin or (named[0] if named else None)
    texts = workflows(host, pin), review_files.missing(folder, host=host)
    written, reviews = ({path: text.encode() for path, text in each.items()} for each in texts)
    return written, reviews


def _say_committed(place: Path, committed: bool) -> None:
    click.echo("its files are committed" if committed else f"commit its files: git -C {place} add . && git commit")


def _fleet_name(folder: Path) -> str:
    """The folder's name, changed to what a fleet may be called."""
    words = re.sub(r"[^a-z0-9]+", "-", folder.expanduser().absolute().name.lower()).strip("-")
    return words.lstrip("0123456789-")[:30].strip("-") or "fleet"


COMMANDS = (init,)
