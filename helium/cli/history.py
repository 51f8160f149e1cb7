"""Commands that show the past: of one name, and of the fleet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_any_fleet, on_fleet
from helium.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from helium.core.digest import Json
    from helium.core.fleet_view import HistoryEvent
    from helium.core.log_line import LogLine

COLUMNS = ("time", "name", "code", "sentence", "added_at", "commit", "origin", "by", "approved_by", "digest", "run")


@click.command(short_help="Show a name's commits and what became of them.")
@click.argument("name", shell_complete=workspace_names)
@on_any_fleet
def history(context: CommandContext, name: str) -> None:
    """Show the commits of a workspace's file and the outcomes of passes, oldest first.

    It also works for names that are long gone.

    It fetches main and the ledger, and changes nothing.

    \b
    Example: helium history caribou-x3k9q2
    """
    access = context.access()
    events = access.history(name)
    if not events:
        raise NotFoundError(name)
    if context.as_json:
        context.emit({"name": name, "events": [_event_json(event) for event in events]})
        return
    tables.banner(access.label)
    rows = [(tables.instant(e.time), e.what, e.commit[:10], e.who, e.approved_by, e.sentence) for e in events]
    tables.show(
        tables.table(
            ("TIME", "WHAT", "COMMIT", "WHO", "APPROVED BY", "SENTENCE"), rows, drops=("APPROVED BY", "COMMIT", "WHO")
        )
    )


def _event_json(event: HistoryEvent) -> dict[str, Json]:
    return {
        "time": tables.instant(event.time),
        "what": event.what,
        "sentence": event.sentence,
        "who": event.who,
        "approved_by": event.approved_by,
        "commit": event.commit,
    }


@click.command(short_help="Show what passes did, and who requested it.")
@click.option("--since", metavar="LENGTH|DATE", help="Only what happened after this, such as 7d or 2026-11-01.")
@click.option("--name", metavar="NAME", shell_complete=workspace_names, help="Only this workspace.")
@click.option("--csv", is_flag=True, help="Comma-separated values, for a spreadsheet.")
@on_fleet
def audit(context: CommandContext, since: str | None, *, name: str | None, csv: bool) -> None:
    """Show the ledger's log: one line for each outcome of each pass, oldest first.

    It fetches the ledger, and changes nothing.

    \b
    Example: helium audit --since 7d --csv
    """
    fleet = context.open()
    fleet.ledger.read()
    lines = list(fleet.ledger.log(name=name, since=_instant(since) if since else None))
    rows = [_cells(line) for line in lines]
    if csv:
        click.echo(tables.csv_text([COLUMNS, *rows]), nl=False)
    elif context.as_json:
        context.emit([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        tables.banner(fleet.fleet)
        shown = [(row[0], row[1], row[2], row[7], row[8], row[3]) for row in rows]
        tables.show(
            tables.table(
                ("TIME", "WORKSPACE", "CODE", "REQUESTED BY", "APPROVED BY", "SENTENCE"),
                shown,
                drops=("APPROVED BY", "CODE", "REQUESTED BY"),
            )
        )


def _instant(text: str) -> datetime:
    """An instant in the past: a length before now, or a date's first moment."""
    from helium.app.run import clock
    from helium.core.deadlines import parse_deadline, parse_lifetime

    try:
        return clock() - parse_lifetime(text)
    except ValueError:
        pass
    try:
        return parse_deadline(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError:
        raise UsageError(f"--since {text!r} is neither a length such as 7d nor a date such as 2026-11-01") from None


def _cells(line: LogLine) -> tuple[str, ...]:
    values = [getattr(line, column) for column in COLUMNS]
    return tuple(tables.instant(value) or str(value or "") for value in values)


COMMANDS = (history, audit)
