"""`helium give`: a workspace, or all of somebody who left, belongs to another person from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.folding import clean
from helium.cli.options import CommandContext, on_any_fleet
from helium.cli.written import show_written
from helium.errors import ExitCode, HeliumError, UsageError

if TYPE_CHECKING:
    from helium.core.fleet_view import WrittenRequest
    from helium.ports.fleet_access import FleetAccess


@click.command(short_help="Give a workspace to somebody else.")
@click.argument("names", nargs=-1, metavar="[NAME]", shell_complete=workspace_names)
@click.argument("mail")
@click.option("--all-of", "former", metavar="MAIL", help="All workspaces of this person, who left; without NAME.")
@on_any_fleet
def give(context: CommandContext, names: tuple[str, ...], *, mail: str, former: str | None) -> None:
    """Give a workspace to MAIL, by a commit to main: its file names another owner, and the next pass lets them in.

    Whatever is in it stays. Its owner gives it, or an admin. It counts for the quota of whoever gets it; what is too
    much for that stays with its owner, and the command says so.

    \b
    Example: helium give caribou-x3k9q2 bob@example.com
    """
    if bool(former) == bool(names) or len(names) > 1:
        raise UsageError("Name one workspace and who gets it, or whose workspaces they get with --all-of.")
    access = context.access(writes=True)
    if former:
        _give_all(context, access, former=former, to=mail)
        return
    show_written(context, access.give(names[0], mail), done=f"is given to {mail}")


def _give_all(context: CommandContext, access: FleetAccess, *, former: str, to: str) -> None:
    """One commit each, so that a refusal of one leaves the others as they are."""
    from helium.app.run import clock

    rows = access.listed(clock()).rows
    names = [row.name for row in rows if row.owner.lower() == former.lower() and row.status.value != "deleting"]
    if not names:
        raise UsageError(f"{former} has no workspaces.")
    given: dict[str, WrittenRequest] = {}
    refused: dict[str, str] = {}
    for name in names:
        try:
            given[name] = access.give(name, to)
        except HeliumError as error:
            refused[name] = str(error)
    if context.as_json:
        where = {name: each.pull_request or each.commit for name, each in given.items()}
        context.emit({"given": where, "refused": refused})
    else:
        tables.banner(access.label)
        for name, each in given.items():
            click.echo(clean(f"{name} is given to {to} by {each.words}"))
        if any(each.pull_request for each in given.values()):
            click.echo("a comment at each says what merging it does; once it is merged, the next pass does it")
        for name, why in refused.items():
            click.secho(clean(f"{name} stays with {former}: {why}"), fg="magenta")
    click.get_current_context().exit(ExitCode.REFUSED if refused else 0)


COMMANDS = (give,)
