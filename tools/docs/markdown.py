"""The little Markdown that the generated pages need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `python -m tools.docs`. Change the code, then run that. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar or a line break inside a cell would end it, so both are replaced."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def document(*parts: str) -> str:
    """A page of these parts, one empty line between two."""
    return "\n\n".join((GENERATED, *(part.strip() for part in parts if part))) + "\n"


def sentence(text: str) -> str:
    """With a capital letter and a full stop, unless it begins with code or a name in lower case."""
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."
