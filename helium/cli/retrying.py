"""`helium retry`: another attempt at what failed, without an edit."""

from __future__ import annotations

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_any_fleet


@click.command(short_help="Try again now what failed.")
@click.argument("name", shell_complete=workspace_names)
@on_any_fleet
def retry(context: CommandContext, name: str) -> None:
    """Ask the next pass to try a workspace again that failed, instead of waiting for its turn.

    It writes a note into the ledger and no file, once: the wait doubles after each failure, and this ends the one of
    now. Its owner may ask, or an admin, at most once a minute. A pass that is at work takes it within seconds.

    \b
    Example: helium retry caribou-x3k9q2
    """
    access = context.access(writes=True)
    waits = access.retry(name)
    if context.as_json:
        context.emit({"name": name, "waited": waits})
        return
    tables.banner(access.label)
    click.echo(f"{name} is tried again by the next pass" if waits else f"the next pass tries {name} again anyway")


COMMANDS = (retry,)
