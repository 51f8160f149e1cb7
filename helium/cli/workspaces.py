"""Commands about spec files: check them, and write them to main, in one commit each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.folding import clean
from helium.cli.options import CommandContext, allow_deletes, clock_is_right, on_any_fleet, on_fleet
from helium.cli.waiting import waits
from helium.cli.written import removed, show_written
from helium.errors import ExitCode, HeliumError, UsageError

if TYPE_CHECKING:
    from datetime import timedelta

    from helium.app.open_fleet import OpenFleet
    from helium.app.submit import Submitted
    from helium.cli.waiting import WaitedFor
    from helium.core.digest import Json
    from helium.core.fleet_view import WrittenRequest
    from helium.reconcile.expired_files import Expiry


@click.command(short_help="Check spec files and helium.yaml; show every error at once.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    type=click.Choice(["human", "json", "github"]),
    default="human",
    help="How to show errors; github: as annotations beside the lines of a pull request.",
)
@click.option(
    "--past/--no-past",
    default=True,
    help="Whether a deadline in the past is an error (the default), in files that differ from main.",
)
@on_fleet
def validate(context: CommandContext, paths: tuple[str, ...], *, format: str, past: bool) -> None:
    """Check helium.yaml and the files in workspaces/ as they are on disk, and show every error of every file at once.

    If you give PATHs, it checks only those files. It needs no network, and changes nothing. What the files will do to
    workspaces that live, by the ledger as you fetched it last, is said beside the errors, and is none itself.

    \b
    Example: helium validate --format json
    """
    from helium.app.validate import validate as validated
    from helium.reconcile import report

    verdict = validated(context.start, context.settings, paths=paths, past=past)
    if context.as_json or format == "json":
        notices = [report.issue_json(notice) for notice in verdict.notices]
        errors = [report.issue_json(issue) for issue in verdict.issues]
        context.emit({"files": verdict.files, "errors": errors, "notices": notices})
    elif format == "github":
        for line in (*report.annotated(verdict.issues), *report.annotated(verdict.notices, as_what="notice")):
            click.echo(line)
    else:
        for issue in verdict.issues:
            click.secho(clean(str(issue)), fg="red")
        for notice in verdict.notices:
            click.secho(clean(f"{notice.path}: {notice.sentence}"), fg="yellow")
    if not context.as_json and format == "human":
        files = tables.counted(verdict.files, "file")
        issues = tables.counted(len(verdict.issues), "error")
        click.echo(f"{issues} in {files}" if verdict.issues else f"{files} checked: no errors")
    click.get_current_context().exit(ExitCode.INVALID if verdict.issues else 0)


@click.command(short_help="Ask for a workspace: commit a new file to main.")
@click.argument("name", required=False)
@click.option("--expiry", metavar="+7d|DATE", help="When it ends; by default after the fleet's default lifetime.")
@click.option("--backend", metavar="NAME", help="Which backend creates it, instead of the fleet's default.")
@click.option("--owner", metavar="E-MAIL", help="Who owns it; by default you, as git knows you.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--access", type=click.Choice(["owner", "everyone"]), help="Who may log in.")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="Add a label to its resources.")
@click.option("--pachd-version", "pachdVersion", metavar="TAG", help="Pachyderm's version.")
@click.option("--console-version", "consoleVersion", metavar="TAG", help="Console's version.")
@click.option("--notebooks-version", "notebooksVersion", metavar="TAG", help="The notebooks' version.")
@click.option("--mount-server-version", "mountServerVersion", metavar="TAG", help="The mount server's version.")
@click.option("--helm-version", "helmVersion", metavar="VERSION", help="The version of the Pachyderm chart.")
@click.option("--disable-notebooks", "disableNotebooks", is_flag=True, default=None, help="Leave JupyterHub out.")
@click.option("--values", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file of Helm values.")
@click.option(
    "--notebooks-values",
    "notebooks",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of Helm values for the notebooks' chart.",
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="A.B=VALUE",
    help="Set one Helm value; VALUE is read as strictly as in a file: JSON, or plain text.",
)
@click.option(
    "--field", "own", multiple=True, metavar="NAME=VALUE", help="Set a field that the backend declares in helium.yaml."
)
@waits
@on_any_fleet
def new(context: CommandContext, name: str | None, *, timeout: timedelta | None, **given: Any) -> None:
    """Ask for a workspace: commit its file to main, and push it if the fleet has a remote.

    If you leave out NAME, one is generated. The next `helium reconcile` creates it; in CI, that is usually at once.
    With --wait, it shows what happens until the workspace is ready, and ends with how to reach it.

    \b
    Example: helium new --expiry +7d --pachd-version 2.3.9 --description "Demo for Ada"
    """
    from helium.app.given_values import generated_name

    access = context.access(writes=True)
    owner = given.pop("owner") or ""
    written = access.create(name or generated_name(), _fields(given), owner=owner)
    then = f"the next pass creates it (helium reconcile, or CI); then helium show {written.name} says how to reach it"
    show_written(context, written, done="is requested", then=then, timeout=timeout)


def _fields(given: Mapping[str, Any]) -> dict[str, Json]:
    """The options as a spec's fields, in the schema's order; `--set` goes over `--values`."""
    from helium.app.given_values import put_value, values_in

    order = ("expiry", "backend", "description", "access")
    versions = [key for key in given if key.endswith("Version")]
    fields: dict[str, Json] = {key: given[key] for key in (*order, *versions, "disableNotebooks") if given[key]}
    fields |= dict(_pair(text, "--field") for text in given["own"])
    if given["labels"]:
        fields["labels"] = dict(_pair(text, "--label") for text in given["labels"])
    values: dict[str, Json] = {}
    if given["values"]:
        values = dict(values_in(given["values"]))
    for text in given["sets"]:
        key, value = _pair(text, "--set")
        put_value(values, key, text=value)
    if values:
        fields["values"] = values
    if given["notebooks"]:
        fields["notebooks"] = {"values": values_in(given["notebooks"])}
    return fields


def _pair(text: str, option: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise UsageError(f"{option} {text!r} is not KEY=VALUE; write it like {option} team=sales")
    return key, value


@click.command(short_help="Move a workspace's deadline.")
@click.argument("name", shell_complete=workspace_names)
@click.argument("expiry", metavar="+7d|DATE")
@waits
@on_any_fleet
def extend(context: CommandContext, name: str, *, expiry: str, timeout: timedelta | None) -> None:
    """Move a workspace's deadline, by a commit to main: `+7d` adds to its deadline, a date or an instant replaces it.

    \b
    Example: helium extend caribou-x3k9q2 +7d
    """
    access = context.access(writes=True)
    written = access.extend(name, expiry)
    show_written(context, written, done="is extended", timeout=timeout)


@click.command(short_help="Ask for workspaces to be destroyed: remove their files.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=workspace_names)
@waits
@on_any_fleet
def delete(context: CommandContext, names: tuple[str, ...], *, timeout: timedelta | None) -> None:
    """Remove the files of workspaces from main, in one commit each. The next pass destroys their stacks, with all data.

    \b
    Example: helium delete caribou-x3k9q2
    """
    from helium.app.run import clock

    access = context.access(writes=True)
    if len(names) > 1:
        # Who misspelt the last one wants the first to stay as well.
        for name in names:
            access.details(name, now=clock())
    written: dict[str, WrittenRequest] = {}
    try:
        for name in names:
            written[name] = access.remove(name)
    except HeliumError:
        for name in written:
            tables.say(f"the file of {name} was removed before that; helium restore {name} puts it back")
        raise
    if not context.as_json:
        tables.banner(access.label)
        for name, each in written.items():
            click.echo(clean(removed(name, each)))
    waited = _gone(context, written, timeout=timeout) if timeout else {}
    if context.as_json:
        opened = {name: each.pull_request for name, each in written.items() if each.pull_request}
        document = {"deleted": {name: each.commit for name, each in written.items()}, "pull_requests": opened}
        context.emit(document | ({"waited": {name: each.as_json for name, each in waited.items()}} if timeout else {}))
    click.get_current_context().exit(max((each.exit_code for each in waited.values()), default=ExitCode.DONE))


def _gone(
    context: CommandContext, written: Mapping[str, WrittenRequest], *, timeout: timedelta
) -> dict[str, WaitedFor]:
    """Wait until each has gone. Whoever presses Ctrl-C waits for none."""
    from helium.cli.waiting import say_end, wait_for

    waited: dict[str, WaitedFor] = {}
    for name, each in written.items():
        waited[name] = wait_for(context, each, timeout=timeout, goes=True)
        if not context.as_json:
            say_end(context, waited[name])
        if waited[name].end is None:
            break
    return waited


@click.command(short_help="Put a removed file back, before a pass destroys the workspace.")
@click.argument("name", shell_complete=workspace_names)
@click.option("--empty", is_flag=True, help="It was destroyed: make a new, empty one from its last spec.")
@waits
@on_any_fleet
def restore(context: CommandContext, name: str, *, empty: bool, timeout: timedelta | None) -> None:
    """Put the file of a workspace back on main as Helium saw it last: the workspace and its data stay.

    It works until a pass begins to destroy the workspace, so also while a safeguard holds the deletion. Afterwards the
    data is gone, and the command says so; with --empty, the last spec of that name makes a new, empty workspace.

    \b
    Example: helium restore caribou-x3k9q2
    """
    access = context.access(writes=True)
    done = "is asked for again, empty," if empty else "is restored"
    meanwhile = "" if empty else f"until then, its deletion goes on: helium show {name} says when it is destroyed"
    show_written(context, access.restore(name, empty=empty), done=done, meanwhile=meanwhile, timeout=timeout)


@click.command(short_help="Remove the files of workspaces whose deadline has passed.")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@clock_is_right
@allow_deletes
@on_fleet
def expire(context: CommandContext, dry_run: bool, **overrides: Any) -> None:
    """Remove the files of workspaces whose deadline has passed from main, in one commit. A scheduled job runs it.

    It reads main and the ledger, and applies the safeguards that do not need the state. The next pass destroys the
    stacks.

    \b
    Example: helium expire --dry-run
    """
    from helium.app.expire import expire as expired
    from helium.app.notify_process import tell_now
    from helium.core.plan import Overrides

    fleet = context.open()
    due, written = expired(fleet, overrides=Overrides(**overrides), dry=dry_run)
    _show_expiry(context, fleet, due=due, written=written)
    if not dry_run:
        tell_now(fleet, tables.say)
    click.get_current_context().exit(ExitCode.REFUSED if due.refusals else 0)


def _show_expiry(context: CommandContext, fleet: OpenFleet, *, due: Expiry, written: Submitted | None) -> None:
    from helium.reconcile import report

    refusals = [report.refused(refusal) for refusal in due.refusals]
    if context.as_json:
        commit, opened = (written.commit, written.pull_request) if written else (None, "")
        context.emit({"expired": dict(due.reasons), "commit": commit, "pull_request": opened, "refused": refusals})
        return
    tables.banner(fleet.fleet)
    for name, reason in due.reasons.items():
        click.echo(f"{name}: {reason}")
    for text in refusals:
        click.secho(clean(f"refused: {text}"), fg="magenta")
    files = tables.counted(len(due.paths), "file")
    if written is None:
        click.echo(f"{files} would be removed" if due.paths else "nothing has expired")
    else:
        click.echo(f"{files} removed by {written.words}; the next pass destroys the workspaces")


COMMANDS = (validate, new, extend, delete, restore, expire)
