"""`helium usage`: what workspaces took in a month, and what that cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext, on_any_fleet
from helium.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from helium.core.usage_report import MonthUsage
    from helium.core.usage_sums import Month

BY = ("owner", "team", "backend", "workspace")


@click.command(short_help="Sum up what workspaces took in a month, and what it cost.")
@click.option("--month", metavar="YYYY-MM", help="The month, in UTC. Without it, this month up to now.")
@click.option("--by", type=click.Choice(BY), default="owner", show_default=True, help="One row for each of these.")
@click.option("--csv", is_flag=True, help="Comma-separated values, for a spreadsheet.")
@on_any_fleet
def usage(context: CommandContext, month: str | None, *, by: str, csv: bool) -> None:
    """Sum up what workspaces took in a month, by the minute: from when a pass began to create each until it was gone.

    What one takes is estimated when it is created or updated, and kept in the ledger's log. With rates in helium.yaml,
    money is shown as well, by the rates of today.

    It fetches main and the ledger, and changes nothing. At a server, it shows what you may see: an admin all, everybody
    else their own workspaces and those of the teams that they manage.

    \b
    Example: helium usage --month 2026-11 --by team
    """
    if context.as_json and csv:
        raise UsageError("--json and --csv are two forms of one answer; choose one")
    from helium.app.run import clock
    from helium.core import usage_report

    now = clock()
    chosen, access = _month(month, now), context.access()
    found = access.usage(chosen, by=by, now=now)
    if context.as_json:
        context.emit(usage_report.as_json(found))
        return
    if csv:
        click.echo(tables.csv_text(usage_report.csv_rows(found)), nl=False)
    else:
        tables.banner(access.label)
        _show(found)
    for warning in found.warnings:
        tables.say(warning, style="yellow")


def _month(text: str | None, now: datetime) -> Month:
    from helium.core.usage_sums import Month

    if text is None:
        return Month.of(now)
    try:
        return Month.parse(text)
    except ValueError as error:
        raise UsageError(f"--month: {error}") from None


def _show(found: MonthUsage) -> None:
    from helium.core.usage_report import table

    if not found.rows:
        click.echo(f"no workspace lived for a whole minute of {found.month}")
        return
    heads, rows = table(found)
    tables.show(tables.table(heads, rows))


COMMANDS = (usage,)
