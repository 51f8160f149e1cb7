"""Tables and lines for people. What came from outside is shown as text, never as markup or terminal codes.

Every command imports this module, so rich is imported for progress alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from helium.cli.colours import colours
from helium.cli.folding import cells, clean, cut, folded

if TYPE_CHECKING:
    from rich.console import Console

    from helium.core.fleet import Fleet
    from helium.core.fleet_view import FleetLabel
    from helium.core.plan import Plan, Refusal
    from helium.errors import Issue

WIDE = 1000
"""Columns where nobody looks at a terminal."""
NARROW = 20
"""The least columns to fold a text to."""
READABLE = 36
"""The least columns in which a sentence reads well: for less, other columns go."""
PASTED = ("kubernetes", "console", "notebooks", "pachctl")
"""What people paste, so that it is never folded."""
GAP = "  "
"""Between two columns."""

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
    "in step": "green",
    "drifted": "yellow",
    "unknown": "magenta",
    "passed": "green",
    "not tried": "yellow",
}


def console(*, err: bool = False) -> Console:
    """The terminal, or a plain stream, as it is now."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else WIDE
    # rich takes COLUMNS=0, as some CIs set it, for a terminal without a column.
    environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES") or value != "0"}
    return Console(
        file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False, _environ=environ
    )


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    styled: int | None = None,
    width: int | None = None,
    drops: Sequence[str] = (),
) -> tuple[str, ...]:
    """The lines of a table; the column `styled` is coloured by its word. `width`: of the terminal, if it is one.

    The last column is folded to the width, and stands below its row where there is no room beside it. `drops`: columns
    that go, one after the other, where there is too little room for the last; they stand before it and behind `styled`.
    Drawn here and not by rich, whose import takes as long as all of git.
    """
    plain = [tuple(map(clean, row)) for row in rows]
    styles = [{styled: STYLES.get(row[styled], "")} if styled is not None else {} for row in plain]
    bold = dict.fromkeys(range(len(heads)), "bold")
    width = width or _terminal()
    whole = _without_columns([tuple(map(clean, heads)), *plain], drops, width=width)
    return tuple(_drawn(whole, [bold, *styles], width=width))


def _without_columns(
    rows: Sequence[Sequence[str]], drops: Sequence[str], *, width: int | None
) -> Sequence[Sequence[str]]:
    """The rows, the first of which is the heads, without the columns for which there is no room."""
    for head in drops:
        if width is None or width - sum(_widths(rows)) >= READABLE or head not in rows[0]:
            break
        gone = rows[0].index(head)
        rows = [(*row[:gone], *row[gone + 1 :]) for row in rows]
    return rows


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """The columns that all but the last take, with their gaps."""
    return [max(map(cells, column)) + len(GAP) for column in zip(*rows, strict=True)][:-1]


def _drawn(
    rows: Sequence[Sequence[str]], styles: Sequence[Mapping[int, str]], *, width: int | None, breaks: bool = True
) -> Iterator[str]:
    """The rows as lines. `breaks`: also inside a word that is longer than its column."""
    widths = _widths(rows)
    used = sum(widths)
    is_below = width is not None and width - used < NARROW
    for row, style in zip(rows, styles, strict=True):
        *first, last = row
        start = "".join(
            _styled(cell, style.get(number, "")) + " " * (room - cells(cell))
            for number, (cell, room) in enumerate(zip(first, widths, strict=True))
        )
        indent = " " * used
        if is_below and last and first:
            yield start.rstrip()
            start = indent = GAP
        room = None if width is None or (first[:1] and first[0] in PASTED) else width - len(indent)
        for line in folded(last, room, breaks=breaks):
            yield f"{start}{_styled(line, style.get(len(first), ''))}".rstrip()
            start = indent


def one_line(name: str, text: str, *, style: str, room: int, width: int) -> tuple[str, ...]:
    """A name in its column and a text beside it, or below it on a narrow terminal; what is too long is cut."""
    name, text = clean(name), clean(" ".join(text.split()))
    if width - room - len(GAP) < NARROW:
        return (name, GAP + _styled(cut(text, width - len(GAP)), style))
    return (name + " " * (room - cells(name)) + GAP + _styled(cut(text, width - room - len(GAP)), style),)


def joined(parts: Sequence[str], *, width: int | None = None) -> str:
    """Parts of one line with dots between; in a narrow terminal of several lines, and no part is broken."""
    width, lines = width or _terminal(), [""]
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        if width is not None and lines[-1] and cells(longer) > width:
            lines.append(part)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _styled(text: str, style: str) -> str:
    """With the terminal's codes; `click.echo` leaves them out where nobody looks at a terminal."""
    if not style or not text or colours() is False:
        return text
    *bold, colour = style.split()
    return click.style(text, bold=True if bold or colour == "bold" else None, fg=None if colour == "bold" else colour)


def _terminal() -> int | None:
    """The terminal's width; nothing where output goes elsewhere, so that a row stays one line, to be searched."""
    return get_terminal_size().columns if sys.stdout.isatty() else None


def show(lines: Iterable[str]) -> None:
    """Print a table."""
    for line in lines:
        click.echo(line)


def say(text: str, *, style: str | None = None) -> None:
    """One line for a person, on standard error; also from a thread, which has no context of click's."""
    click.secho(clean(text), fg=style, err=True, color=colours())


def banner(fleet: Fleet | FleetLabel) -> None:
    """Say which fleet this is, and that its cloud is the sandbox where it is."""
    if fleet.sandbox:
        click.secho(clean(f"fleet {fleet.name} · SANDBOX: {fleet.simulated}"), fg="cyan")


def plan(shown: Plan, fleet: Fleet, *, every: bool = False, costs: Mapping[str, str] | None = None) -> None:
    """The plan as a table with its reasons, then what was refused, the errors, and the digest. `costs`: by name."""
    from helium.reconcile import report

    banner(fleet)
    rows = report.rows(shown, every=every)
    if rows:
        show(
            table(
                ("CHANGE", "WORKSPACE", "LEFT", "REASON"),
                [(r.kind, r.name, r.left, " ".join((r.reason, *_said(costs, r.name)))) for r in rows],
                styled=0,
                drops=("LEFT",),
            )
        )
    refused(shown.refusals, shown.issues)
    click.echo(joined((report.summary(shown), f"commit {shown.commit[:10]}", f"digest {shown.digest}")))


def _said(costs: Mapping[str, str] | None, name: str) -> tuple[str, ...]:
    return (costs[name],) if costs and name in costs else ()


def refused(refusals: Iterable[Refusal], issues: Iterable[Issue]) -> None:
    """What the safeguards refused, with how to override it, and what is wrong with files."""
    from helium.reconcile import report

    for refusal in refusals:
        click.secho(clean(f"refused: {report.refused(refusal)}"), fg="magenta")
    for issue in issues:
        click.secho(clean(f"error: {issue}"), fg="red")


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Two columns: what, and its value; what is empty is left out. No digest or path is broken, so it can be copied."""
    plain = [(clean(what), clean(value)) for what, value in rows if value]
    if plain:
        show(_drawn(plain, [{0: "bold"}] * len(plain), width=_terminal(), breaks=False))


def instant(value: object) -> str:
    """An instant as people read it here, or nothing."""
    from datetime import datetime

    from helium.core.deadlines import format_instant

    return format_instant(value) if isinstance(value, datetime) else ""


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Comma-separated values, with a quote before what a spreadsheet would run as a formula."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in row] for row in rows)
    return text.getvalue()
