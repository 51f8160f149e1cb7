"""`helium list` and `helium show`: what there is, and how to reach it."""

from __future__ import annotations

import click

from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_any_fleet
from helium.errors import UsageError


@click.command(name="list", short_help="List every workspace: status, owner, time left, reason.")
@on_any_fleet
def list_workspaces(context: CommandContext) -> None:
    """List every workspace with its status, owner, time left and reason, including those that no pass has seen yet.

    It fetches main and the ledger, does not contact the cloud, and changes nothing.

    \b
    Example: helium list
    """
    from helium.cli.workspace_view import list_all

    list_all(context)


@click.command(short_help="Show one workspace and how to reach it.")
@click.argument("name", shell_complete=workspace_names)
@click.option("--reach", is_flag=True, help="Print only how to reach it.")
@click.option("--log", is_flag=True, help="Print only what Pulumi said when it failed.")
@click.option("--events", is_flag=True, help="Print only its pods and the last warnings of its namespace.")
@on_any_fleet
def show(context: CommandContext, name: str, *, reach: bool, log: bool, events: bool) -> None:
    """Show everything about one workspace, with addresses and commands for reaching it, ready to paste.

    Of a workspace that failed, --log prints the last 8 KiB of what Pulumi said, without secrets. That is kept until it
    is ready or gone.

    --events prints what a pass saw in the cluster, and when: pods by phase, those that are not ready, and the last
    warnings. A pass looks at the workspaces that it has changed, and again at those that were not well.

    It fetches main and the ledger, does not contact the cloud, and changes nothing.

    \b
    Example: helium show caribou-x3k9q2
    """
    from helium.cli.events_view import show_events
    from helium.cli.workspace_view import show_failure, show_one

    if reach + log + events > 1:
        raise UsageError("--reach, --log and --events exclude each other: each prints only its own.")
    if events:
        show_events(context, name)
    elif log:
        show_failure(context, name)
    else:
        show_one(context, name, reach=reach)


COMMANDS = (list_workspaces, show)
