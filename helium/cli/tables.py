"""Tables and lines for people. What came from outside is shown as text, never as markup or terminal codes.

Every command imports this module, and few draw a table, so rich is imported when one is drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from helium.core.fleet import Fleet
    from helium.core.plan import Plan, Refusal
    from helium.errors import Fault

WIDE = 1000
"""Columns where nobody looks at a terminal: a row stays one line, to be searched."""

STYLES = {
    "create": "green",
    "update": "yellow",
    "destroy": "red",
    "held": "magenta",
    "ready": "green",
    "failed": "bold red",
    "expired": "red",
    "deleting": "red",
    "requested": "cyan",
    "creating": "cyan",
    "updating": "yellow",
    "ok": "green",
}


def console(*, err: bool = False) -> Console:
    """The terminal, or a plain stream, as it is now."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def clean(text: str) -> str:
    """Text without what a terminal would obey."""
    return "".join(each if each.isprintable() or each == "\n" else "�" for each in text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, styled: int | None = None) -> Table:
    """A table with thin lines; the column `styled` is coloured by its word."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold", show_edge=False, padding=(0, 2, 0, 0))
    for number, head in enumerate(heads):
        drawn.add_column(head, overflow="fold", no_wrap=number < len(heads) - 1)
    for row in rows:
        cells = [Text(clean(cell)) for cell in row]
        if styled is not None:
            cells[styled].stylize(STYLES.get(row[styled], ""))
        drawn.add_row(*cells)
    return drawn


def show(drawn: Table) -> None:
    """Print a table, without the blanks that would fill its last column."""
    terminal = console()
    with terminal.capture() as captured:
        terminal.print(drawn)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def say(text: str, *, style: str | None = None) -> None:
    """One line for a person, on standard error."""
    click.secho(clean(text), fg=style, err=True)


def banner(fleet: Fleet) -> None:
    """Say which fleet this is, and that its cloud is the sandbox where it is."""
    if fleet.sandbox:
        click.secho(f"fleet {fleet.name} · SANDBOX: {' and '.join(fleet.sandbox)} are simulated", fg="cyan")


def plan(shown: Plan, fleet: Fleet, *, every: bool = False) -> None:
    """The plan as a table with its reasons, then what was refused, the faults, and the digest."""
    from helium.reconcile import report

    banner(fleet)
    rows = report.rows(shown, every=every)
    if rows:
        show(
            table(
                ("CHANGE", "WORKSPACE", "LEFT", "REASON"), [(r.kind, r.name, r.left, r.reason) for r in rows], styled=0
            )
        )
    refused(shown.refusals, shown.faults)
    click.echo(f"{report.summary(shown)} · commit {shown.commit[:10]} · digest {shown.digest}")


def refused(refusals: Iterable[Refusal], faults: Iterable[Fault]) -> None:
    """What the safeguards refused, with how to override it, and what is wrong with files."""
    from helium.reconcile import report

    for refusal in refusals:
        click.secho(clean(f"refused: {report.refused(refusal)}"), fg="magenta")
    for fault in faults:
        click.secho(clean(f"fault: {fault}"), fg="red")


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Two columns: what, and its value; what is empty is left out."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(style="bold", no_wrap=True)
    drawn.add_column(overflow="fold")
    for what, value in rows:
        if value:
            drawn.add_row(Text(what), Text(clean(value)))
    show(drawn)


def instant(value: object) -> str:
    """An instant as people read it here, or nothing."""
    from datetime import datetime

    from helium.core.expiry import format_instant

    return format_instant(value) if isinstance(value, datetime) else ""
