"""Commands about spec files: judge them, and write them to main in one commit each."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from helium.app import OpenFleet, SingleWriter, clock, generated
from helium.app.expire import expire as expired
from helium.app.validate import validate as judged
from helium.cli import tables
from helium.cli.options import INVALID, REFUSED, CommandContext, on_fleet
from helium.core.digest import Json
from helium.core.expiry import format_instant
from helium.core.plan import Overrides
from helium.core.spec import Spec, is_noreply
from helium.edits import EditContext, Editing, Requester, creation, extension, removal
from helium.errors import NotFoundError, UsageError
from helium.ports.commit_queue import Request
from helium.reconcile import report
from helium.reconcile.expire import Expiry
from helium.reconcile.load import Selection, without_state


@click.command(short_help="Judge spec files and helium.yaml; every fault at once.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    type=click.Choice(["human", "json", "github"]),
    default="human",
    help="github: annotations beside the lines of a pull request.",
)
@click.option("--past/--no-past", default=True, help="Whether a deadline that has passed is a fault; by default it is.")
@on_fleet
def validate(context: CommandContext, paths: tuple[str, ...], *, format: str, past: bool) -> None:
    """Judge helium.yaml and the files in workspaces/, as they are on disk: every fault of every file at once.

    \b
    Example: helium validate workspaces/caribou-x3k9q2.yaml
    """
    verdict = judged(context.start, context.settings, paths=paths, past=past)
    if context.as_json or format == "json":
        context.emit({"files": verdict.files, "faults": [report.fault_json(fault) for fault in verdict.faults]})
    elif format == "github":
        for line in report.annotated(verdict.faults):
            click.echo(line)
    else:
        for fault in verdict.faults:
            click.secho(tables.clean(str(fault)), fg="red")
    if not context.as_json and format == "human":
        files = f"{verdict.files} file{'' if verdict.files == 1 else 's'}"
        faults = f"{len(verdict.faults)} fault{'' if len(verdict.faults) == 1 else 's'}"
        click.echo(f"{faults} in {files}" if verdict.faults else f"{files} judged: no fault")
    click.get_current_context().exit(INVALID if verdict.faults else 0)


@click.command(short_help="Ask for a workspace: a new file on main.")
@click.argument("name", required=False)
@click.option("--expiry", metavar="+7d|DATE", help="When it ends; by default after the fleet's default lifetime.")
@click.option("--backend", metavar="NAME", help="What makes it, instead of the fleet's default.")
@click.option("--owner", metavar="E-MAIL", help="Whose it is; by default yours, as git knows it.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--access", type=click.Choice(["owner", "everyone"]), help="Who may log in.")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="A label of its resources.")
@click.option("--pachd-version", "pachdVersion", metavar="TAG", help="Pachyderm's version.")
@click.option("--console-version", "consoleVersion", metavar="TAG", help="The Console's version.")
@click.option("--notebooks-version", "notebooksVersion", metavar="TAG", help="The notebooks' version.")
@click.option("--mount-server-version", "mountServerVersion", metavar="TAG", help="The mount server's version.")
@click.option("--helm-version", "helmVersion", metavar="VERSION", help="The version of the Pachyderm chart.")
@click.option("--disable-notebooks", "disableNotebooks", is_flag=True, default=None, help="No JupyterHub.")
@click.option("--values", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file of Helm values.")
@click.option("--set", "sets", multiple=True, metavar="A.B=VALUE", help="One Helm value; JSON, or else text.")
@on_fleet
def new(context: CommandContext, name: str | None, **given: Any) -> None:
    """Ask for a workspace: writes its file to main, in one commit. Without a name it gets one.

    The next `helium reconcile` (in CI, usually at once) makes it.

    \b
    Example: helium new --expiry +7d --pachd-version 2.3.9 --description "Demo for Ada"
    """
    fleet = context.open()
    request = secrets.token_hex(8)
    chosen = name or generated(request)
    person = fleet.person()
    owner = given.pop("owner") or _mail(person)
    fields = _fields(fleet, given)
    edit_context = _edit_context(fleet, Requester(owner, admin=True))
    what = f": {fields['description']}" if fields.get("description") else ""
    selection = Request(
        request, person, f"Ask for workspace {chosen}{what}"[:100], creation(chosen, fields, context=edit_context)
    )
    commit = SingleWriter(fleet.repo).submit(selection)
    _written(context, fleet, name=chosen, commit=commit, sentence=f"{chosen} is asked for in {commit[:10]}")


def _mail(person: str) -> str:
    """The address of `Name <mail>`, if somebody reads it: git hosts make such ones for authors that nobody reads."""
    mail = person.rpartition("<")[2].rstrip(">")
    if is_noreply(mail):
        raise UsageError(f"nobody reads mail to {mail}, as git calls you; say whose it is: --owner you@example.com")
    return mail


def _fields(fleet: OpenFleet, given: Mapping[str, Any]) -> dict[str, Json]:
    """The options as a spec's fields, in the schema's order; `--set` goes over `--values`."""
    order = ("expiry", "backend", "description", "access")
    versions = [key for key in given if key.endswith("Version")]
    fields: dict[str, Json] = {key: given[key] for key in (*order, *versions, "disableNotebooks") if given[key]}
    if given["labels"]:
        fields["labels"] = dict(_pair(text, "--label") for text in given["labels"])
    values: dict[str, Json] = {}
    if given["values"]:
        values = dict(fleet.specs.mapping(given["values"].read_bytes(), path=str(given["values"])))
    for text in given["sets"]:
        key, value = _pair(text, "--set")
        _put(values, key.split("."), value=_value(value))
    return {**fields, "values": values} if values else fields


def _pair(text: str, option: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise UsageError(f"{option} {text!r} is not of the form KEY=VALUE")
    return key, value


def _value(text: str) -> Json:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _put(values: dict[str, Json], path: Sequence[str], *, value: Json) -> None:
    for key in path[:-1]:
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            raise UsageError(f"--set {'.'.join(path)}: {key} holds a value already, so nothing can stand below it")
        values = inner
    values[path[-1]] = value


@click.command(short_help="Let a workspace live longer (or shorter).")
@click.argument("name")
@click.argument("expiry", metavar="+7d|DATE")
@on_fleet
def extend(context: CommandContext, name: str, *, expiry: str) -> None:
    """Move a workspace's deadline: `+7d` counts from its deadline, a date or an instant is itself.

    \b
    Example: helium extend caribou-x3k9q2 +7d
    """
    fleet = context.open()
    selection = extension(name, expiry, context=_edit_context(fleet, Requester("", admin=True)))
    commit = _submit(fleet, f"Extend workspace {name} to {expiry}", edit=selection)
    _written(context, fleet, name=name, commit=commit, sentence=f"{name} is extended by {commit[:10]}")


@click.command(short_help="Ask for workspaces to go: removes their files.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@on_fleet
def delete(context: CommandContext, names: tuple[str, ...]) -> None:
    """Remove the files of workspaces from main, in one commit each. The next pass destroys their stacks.

    \b
    Example: helium delete caribou-x3k9q2
    """
    fleet = context.open()
    edit_context = _edit_context(fleet, Requester("", admin=True))
    commits = {
        name: _submit(fleet, f"Delete workspace {name}", edit=removal(name, context=edit_context)) for name in names
    }
    if context.as_json:
        context.emit({"deleted": commits})
    else:
        tables.banner(fleet.fleet)
        for name, commit in commits.items():
            click.echo(f"{name} is to go, by {commit[:10]}; the next pass destroys it")


@click.command(short_help="Remove the files of workspaces whose deadline has passed.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be removed.")
@click.option("--clock-is-right", is_flag=True, help="Let things expire although the clock looks wrong.")
@on_fleet
def expire(context: CommandContext, dry_run: bool, *, clock_is_right: bool) -> None:
    """Remove the files of workspaces whose deadline has passed, in one commit. For a scheduled job.

    The brakes that need no look at the stacks are asked first. The next pass destroys what has expired.

    \b
    Example: helium expire --dry-run
    """
    fleet = context.open()
    due, commit = expired(fleet, overrides=Overrides(clock_is_right=clock_is_right), dry=dry_run)
    _show_expiry(context, fleet, due=due, commit=commit)
    click.get_current_context().exit(REFUSED if due.refusals else 0)


def _show_expiry(context: CommandContext, fleet: OpenFleet, *, due: Expiry, commit: str | None) -> None:
    refusals = [report.refused(refusal) for refusal in due.refusals]
    if context.as_json:
        context.emit({"expired": dict(due.reasons), "commit": commit, "refused": refusals})
        return
    tables.banner(fleet.fleet)
    for name, reason in due.reasons.items():
        click.echo(f"{name}: {reason}")
    for text in refusals:
        click.secho(tables.clean(f"refused: {text}"), fg="magenta")
    files = f"{len(due.paths)} file{'' if len(due.paths) == 1 else 's'}"
    if commit is None:
        click.echo(f"{files} would be removed" if due.paths else "nothing has expired")
    else:
        click.echo(f"{files} removed by {commit[:10]}; the next pass destroys what they asked for")


def _submit(fleet: OpenFleet, message: str, *, edit: Editing) -> str:
    selection = Request(secrets.token_hex(8), fleet.person(), message, edit)
    return SingleWriter(fleet.repo).submit(selection)


def _edit_context(fleet: OpenFleet, requester: Requester) -> EditContext:
    """Whoever may push here may do all that a push can; whose a workspace is stays what its file says."""
    return EditContext(
        specs=fleet.specs,
        requester=requester,
        now=clock(),
        records=fleet.ledger.read().records,
        addition=lambda name: fleet.repo.additions(fleet.repo.head(), since=None).get(name),
    )


def _written(context: CommandContext, fleet: OpenFleet, *, name: str, commit: str, sentence: str) -> None:
    """What was written, as main has it now."""
    observed = without_state(fleet, Selection(), now=clock()).observed
    file = observed.specs.get(name)
    if file is None:
        raise NotFoundError(name)
    ends = file.expiry if isinstance(file, Spec) else None
    if context.as_json:
        context.emit(
            {"name": name, "commit": commit, "path": file.path, "expiry": format_instant(ends) if ends else None}
        )
        return
    until = f"; it lives until {format_instant(ends)}" if ends else ""
    tables.banner(fleet.fleet)
    click.echo(f"{sentence}{until}")


COMMANDS = (validate, new, extend, delete, expire)
