"""Tables and lines for people. What came from outside is shown as text, never as markup or terminal codes.

Every command imports this module, so rich is imported for progress alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from helium.cli.colours import colours

if TYPE_CHECKING:
    from rich.console import Console

    from helium.core.fleet import Fleet
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


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    styled: int | None = None,
    width: int | None = None,
    drops: Sequence[str] = (),
) -> tuple[str, ...]:
    """The lines of a table; the column `styled` is coloured by its word. `width`: of the terminal, if it is one.

    The last column is folded to the width. `drops`: columns that go, one after the other, where there is too little
    room for the last; they stand before it and behind `styled`. Drawn here and not by rich, whose import takes as long
    as all of git.
    """
    plain = [tuple(map(clean, row)) for row in rows]
    styles = [{styled: STYLES.get(row[styled], "")} if styled is not None else {} for row in plain]
    bold = dict.fromkeys(range(len(heads)), "bold")
    width = width or _terminal()
    whole = _without_columns([tuple(heads), *plain], drops, width=width)
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
    return [max(map(_cells, column)) + len(GAP) for column in zip(*rows, strict=True)][:-1]


def _drawn(rows: Sequence[Sequence[str]], styles: Sequence[Mapping[int, str]], *, width: int | None) -> Iterator[str]:
    widths = _widths(rows)
    for row, style in zip(rows, styles, strict=True):
        *cells, last = row
        start = "".join(
            _styled(cell, style.get(number, "")) + " " * (room - _cells(cell))
            for number, (cell, room) in enumerate(zip(cells, widths, strict=True))
        )
        pasted = cells and cells[0] in PASTED
        for line in _folded(last, width - sum(widths) if width and not pasted else None):
            yield f"{start}{_styled(line, style.get(len(cells), ''))}".rstrip()
            start = " " * sum(widths)


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes: some letters take two, and accents none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def _folded(text: str, room: int | None) -> list[str]:
    lines = text.split("\n")
    if room is None:
        return lines
    return [part for line in lines for part in wrap(line, max(room, NARROW), break_on_hyphens=False) or [""]]


def joined(parts: Sequence[str], *, width: int | None = None) -> str:
    """Parts of one line with dots between; in a narrow terminal of several lines, and no part is broken."""
    width, lines = width or _terminal(), [""]
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        if width is not None and lines[-1] and _cells(longer) > width:
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
    """One line for a person, on standard error."""
    click.secho(clean(text), fg=style, err=True)


def banner(fleet: Fleet) -> None:
    """Say which fleet this is, and that its cloud is the sandbox where it is."""
    if fleet.sandbox:
        click.secho(f"fleet {fleet.name} · SANDBOX: {' and '.join(fleet.sandbox)} are simulated", fg="cyan")


def plan(shown: Plan, fleet: Fleet, *, every: bool = False) -> None:
    """The plan as a table with its reasons, then what was refused, the errors, and the digest."""
    from helium.reconcile import report

    banner(fleet)
    rows = report.rows(shown, every=every)
    if rows:
        show(
            table(
                ("CHANGE", "WORKSPACE", "LEFT", "REASON"),
                [(r.kind, r.name, r.left, r.reason) for r in rows],
                styled=0,
                drops=("LEFT",),
            )
        )
    refused(shown.refusals, shown.issues)
    click.echo(joined((report.summary(shown), f"commit {shown.commit[:10]}", f"digest {shown.digest}")))


def refused(refusals: Iterable[Refusal], issues: Iterable[Issue]) -> None:
    """What the safeguards refused, with how to override it, and what is wrong with files."""
    from helium.reconcile import report

    for refusal in refusals:
        click.secho(clean(f"refused: {report.refused(refusal)}"), fg="magenta")
    for issue in issues:
        click.secho(clean(f"error: {issue}"), fg="red")


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Two columns: what, and its value; what is empty is left out."""
    plain = [(clean(what), clean(value)) for what, value in rows if value]
    if plain:
        show(_drawn(plain, [{0: "bold"}] * len(plain), width=_terminal()))


def instant(value: object) -> str:
    """An instant as people read it here, or nothing."""
    from datetime import datetime

    from helium.core.deadlines import format_instant

    return format_instant(value) if isinstance(value, datetime) else ""


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
