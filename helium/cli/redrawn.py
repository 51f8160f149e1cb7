"""Rows that are drawn again and again, on a terminal of any size.

A terminal cannot go back to lines that have scrolled away. So where the rows are higher than it, those stay that matter
now, and the others are counted. Refuses nothing: one row is always shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from rich.text import Text

_FRAMES, _PLAIN_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "-\\|/"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells, the word that counts it where it is left out, and its rank. The lowest rank stays longest."""

    cells: tuple[str, ...]
    word: str
    rank: int = 0


def fitting(rows: Sequence[Row], draw: Callable[[Sequence[Row]], Sequence[str]], *, height: int | None) -> Text:
    """As many rows as there is room for, in their order, drawn by `draw`. `height`: `None` for all of them."""
    order = sorted(range(len(rows)), key=lambda at: rows[at].rank)
    number = len(rows) if height is None else min(len(rows), height)
    lines = _lines(rows, order, number=number, draw=draw)
    # The cursor stands below the last line.
    while height is not None and len(lines) >= height and number > 1:
        number -= 1
        lines = _lines(rows, order, number=number, draw=draw)
    return Text.from_ansi("\n".join(lines))


def _lines(
    rows: Sequence[Row], order: Sequence[int], *, number: int, draw: Callable[[Sequence[Row]], Sequence[str]]
) -> tuple[str, ...]:
    counts = Counter(rows[at].word for at in order[number:])
    rest = ", ".join(f"{count} {word}" for word, count in counts.items())
    return (*draw([rows[at] for at in sorted(order[:number])]), *([f"and {rest}"] if rest else []))


def spinner(encoding: str) -> str:
    """A letter that turns while time goes by, which shows that something is still at work."""
    frames = _FRAMES if encoding.lower().startswith("utf") else _PLAIN_FRAMES
    return frames[int(monotonic() * 12) % len(frames)]
