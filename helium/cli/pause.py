"""`helium pause` and `helium unlock`: stop passes, and free a stack that a dead one left locked."""

from __future__ import annotations

from datetime import timedelta

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.ledger import fleet_record_of
from helium.cli.option_types import LengthType
from helium.cli.options import CommandContext, on_fleet
from helium.errors import UsageError


@click.command(short_help="Stop every pass from applying anything.")
@click.option("--for", "length", type=LengthType(), metavar="LENGTH", help="End the pause after this, such as 2h.")
@click.option("--why", metavar="TEXT", help="The reason; everybody sees it.")
@click.option("--end", is_flag=True, help="End the pause.")
@on_fleet
def pause(context: CommandContext, length: timedelta | None, *, why: str | None, end: bool) -> None:
    """Stop every pass from applying anything; plans are still shown. It also stops a pass that is running now.

    It writes the ledger.

    \b
    Example: helium pause --for 2h --why "moving the cluster"
    """
    from dataclasses import replace

    from helium.app.run import clock
    from helium.core.fleet_record import Pause
    from helium.ports.ledger import Writes

    if end == bool(why):
        raise UsageError("give --why TEXT to pause, or --end to end the pause")
    fleet = context.open()
    person, now, snapshot = fleet.person(), clock(), fleet.ledger.read()
    fleet_record = fleet_record_of(snapshot, fleet)
    begun = None if end else Pause(person, why or "", now, now + length if length else None)
    message = f"End the pause, as {person} says" if end else f"Pause, as {person} says: {why}"
    fleet.ledger.write(Writes(fleet_record=replace(fleet_record, pause=begun), message=message), on=snapshot)
    until = tables.instant(begun.until) if begun else ""
    if context.as_json:
        context.emit({"paused": begun is not None, "until": until or None})
    else:
        click.echo("the pause has ended" if begun is None else f"paused{f' until {until}' if until else ''}: {why}")


@click.command(short_help="Break the lock on one stack.")
@click.argument("name", shell_complete=workspace_names)
@on_fleet
def unlock(context: CommandContext, name: str) -> None:
    """Break Pulumi's lock on a workspace's stack. Do this only if you know that nobody is working on it.

    A pass breaks the lock of a process that it knows to be gone, so you rarely need this. A suspended Pulumi could
    resume and overwrite newer state. If it runs on this machine, and the state is a folder, this command ends it
    first. Anywhere else, end it yourself before you unlock.

    \b
    Example: helium unlock caribou-x3k9q2
    """
    from helium.app.unlock import unlock as broken

    broken(context.open(), name)
    if context.as_json:
        context.emit({"unlocked": name})
    else:
        click.echo(f"{name} is unlocked; the next pass resolves what was pending")


COMMANDS = (pause, unlock)
