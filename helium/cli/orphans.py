"""`helium orphans`: what no file explains, and two ways to end it. Both need a person, by name."""

from __future__ import annotations

import click

from helium.cli.options import CommandContext, on_fleet
from helium.errors import UsageError


@click.command(short_help="List stacks without a file, and records without a stack.")
@click.option("--forget", metavar="NAME", help="Drop the record of a stack that is lost; the log keeps its history.")
@click.option(
    "--destroy",
    metavar="NAME",
    help="Destroy a stack that has neither a file nor a readable record, with the same proof as a pass.",
)
@on_fleet
def orphans(context: CommandContext, forget: str | None, *, destroy: str | None) -> None:
    """List what no file explains: stacks without file and record, records without a stack, and stacks of other fleets.

    It reads main, the ledger and the state, and changes nothing unless --forget or --destroy names one.

    \b
    Example: helium orphans
    """
    if forget and destroy:
        raise UsageError("--forget and --destroy cannot go together; give one of them, with one name")
    from helium.cli import orphan_repair

    orphan_repair.run(context, forget=forget, destroy=destroy)


COMMANDS = (orphans,)
