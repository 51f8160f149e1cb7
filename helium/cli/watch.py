"""`helium watch`: follow one workspace until it is ready, failed or gone; or all of them, until Ctrl-C."""

from __future__ import annotations

import click

from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_any_fleet


@click.command(short_help="Follow a workspace until it is ready, failed or gone.")
@click.argument("name", required=False, shell_complete=workspace_names)
@on_any_fleet
def watch(context: CommandContext, name: str | None) -> None:
    """Follow a workspace until it is ready, failed or gone: what a pass is doing to it, how many of its resources are
    done, and how long that usually takes.

    Without NAME it follows every workspace on which something happens, until Ctrl-C.

    On a terminal it redraws one line for each name. In a pipe it prints a line for each change, with the time; with
    --json, a JSON object on a line of its own for each.

    It ends with 0 when the workspace is ready or gone, with 5 when it failed, and with 3 when its file has errors. It
    fetches main, the ledger and refs/helium/live again and again, and changes nothing. It works in any clone: the pass
    may run on another machine.

    \b
    Example: helium watch caribou-x3k9q2
    """

    from helium.cli.watching import followed

    click.get_current_context().exit(followed(context, name))


COMMANDS = (watch,)
