"""How wide a text is on a terminal, and where it is folded: by columns, and not by letters.

A letter of Chinese or an emoji takes two columns, an accent none. Whoever counts letters draws tables that do not line
up, and lines that the terminal breaks once more.
"""

from __future__ import annotations

from collections.abc import Iterator


def clean(text: str) -> str:
    """Text without what a terminal would obey."""
    return "".join(each if each.isprintable() or each == "\n" else "�" for each in text)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def _cell(letter: str) -> int:
    from unicodedata import category, east_asian_width

    if category(letter) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


def folded(text: str, room: int | None, *, breaks: bool = True) -> list[str]:
    """The lines of a text, none wider than `room`. Without `breaks`, a word that is wider stays whole."""
    lines = text.split("\n")
    if room is None:
        return lines
    return [part for line in lines for part in _line(line, max(room, 2), breaks=breaks)]


def cut(text: str, room: int) -> str:
    """What of a text fits in one line, with dots for the rest."""
    if cells(text) <= room:
        return text
    return next(_pieces(text, max(room - 1, 1))) + "…"


def _line(text: str, room: int, *, breaks: bool) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cells(longer) <= room:
            line = longer
            continue
        # A word that is broken anyway begins on this line, if it has room.
        begins = breaks and cells(word) > room and cells(line) + 1 < room
        if line and not begins:
            yield line.rstrip()
        *whole, line = _pieces(longer if begins else word, room) if breaks else (word,)
        yield from whole
    yield line.rstrip()


def _pieces(text: str, room: int) -> Iterator[str]:
    """A text in pieces of that many columns; an accent stays with its letter."""
    start = used = 0
    for at, letter in enumerate(text):
        taken = _cell(letter)
        if used + taken > room:
            yield text[start:at]
            start, used = at, 0
        used += taken
    yield text[start:]
