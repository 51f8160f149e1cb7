"""`safeguards.md`: every accident that Helium guards against, what stops it, and the test that shows it.

The rows are `tools/cuts/accidents.toml`, the tests are those of the cuts. A cut without a row, or a row without a
cut, is an error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.docs.markdown import document, table
from tools.safeguards import every

PATH = Path(__file__).resolve().parents[1] / "cuts" / "accidents.toml"

INTRODUCTION = """# Safeguards

Every accident that we know of: a workspace is destroyed by mistake, is called gone while it still exists, or lives on
unseen. Each row says what stops it and names the test that fails when that line of code is taken out. For the story,
and for what nothing stops, read [how deleting works](../how-it-works/deleting.md).

`make safeguards` takes each line out in turn, on a copy of the clone, and shows the test failing. `python -m
tools.safeguards WORD` does so for the lines whose name contains the word. The code of a safeguard of the plan is in
`helium/reconcile/guard/`; what a refusal says and how to override it is in [reasons](reasons.md)."""


@dataclass(frozen=True, slots=True)
class Accident:
    """One row: what could go wrong, what stops it, the cut's name (or nothing) and the test."""

    accident: str
    safeguard: str
    cut: str
    test: str


@dataclass(frozen=True, slots=True)
class Section:
    """Accidents of one kind."""

    title: str
    introduction: str
    accidents: tuple[Accident, ...]


def sections() -> tuple[Section, ...]:
    """What the file holds; `KeyError` for a row whose cut does not exist."""
    tests = {cut.name: cut.test for cut in every()}
    content = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return tuple(
        Section(each["title"], each.get("intro", ""), tuple(_accident(row, tests) for row in each["row"]))
        for each in content["section"]
    )


def _accident(row: dict[str, str], tests: dict[str, str]) -> Accident:
    cut = row.get("cut", "")
    return Accident(row["accident"], row["safeguard"], cut, tests[cut] if cut else row["test"])


def page() -> str:
    """The whole page."""
    return document(INTRODUCTION, *(part for section in sections() for part in _parts(section)))


def _parts(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    yield section.introduction
    yield table(
        ("what could go wrong", "what stops it", "line taken out", "test that fails then"),
        [(each.accident, each.safeguard, _code(each.cut), _code(each.test)) for each in section.accidents],
    )


def _code(text: str) -> str:
    return f"`{text}`" if text else "none"
