"""Text where Markdown is read: what people wrote stays text, and what does not fit is left out by whole lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate


def cell(text: str) -> str:
    """Text that stays what it is in a table of Markdown: no markup, no mention, no line break."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_[]|~#":
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("@", "@\u200b")


def fitting(lines: Sequence[str], *, room: int, most: int) -> list[str]:
    """As many whole lines as there is room for."""
    lengths = accumulate(signs([line]) for line in lines)
    return [line for line, length in zip(lines[:most], lengths, strict=False) if length <= room]


def table(heads: Sequence[str], rows: Sequence[str], *, room: int, most: int) -> list[str]:
    """The lines of a table, after an empty one: as many whole rows as there is room for, and how many more there are.

    Nothing without a row.
    """
    if not rows:
        return []
    top = ["", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    shown = fitting(rows, most=most, room=room - signs(top))
    more = [f"| … | {len(rows) - len(shown)} more |{' |' * (len(heads) - 2)}"] if len(shown) < len(rows) else []
    return [*top, *shown, *more]


def signs(lines: Iterable[str]) -> int:
    """How long the lines are, as hosts may count: in UTF-16 units, or in bytes of UTF-8, whichever is more."""
    return sum(max(len(line.encode()), len(line.encode("utf-16-le")) // 2) + 1 for line in lines)
