"""What is wrong in a document, and where, before it is known which file that is."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from helium.errors import Issue

Path = tuple[str | int, ...]
"""The keys and indexes that lead to a place in a document."""

MOST = 50
"""The most errors shown for one file: more would only bury the first ones."""

FEW = 20
"""Known words that a sentence can list."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: the place in the document, its 1-based line and column, and a sentence."""

    at: Path
    line: int
    column: int
    sentence: str


def pointer(at: Path) -> str:
    """The place as a JSON pointer; the whole document is the empty one."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in at)


def issues(path: str, findings: Iterable[Finding]) -> tuple[Issue, ...]:
    """The findings as errors of one file, in its order: only the first at each place, as the rest follows from it."""
    first: dict[tuple[int, int, Path], Finding] = {}
    for finding in findings:
        first.setdefault((finding.line, finding.column, finding.at), finding)
    in_order = sorted(
        Issue(path, finding.line, finding.column, pointer(finding.at), finding.sentence) for finding in first.values()
    )
    if len(in_order) <= MOST:
        return tuple(in_order)
    last = in_order[MOST]
    rest = f"there are {len(in_order) - MOST} more errors from here on; fix those above first"
    return (*in_order[:MOST], Issue(path, last.line, last.column, last.pointer, rest))


def show(value: object) -> str:
    """A value as a sentence quotes it: JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` when a known word is near, whatever its case, else what is known if it is little."""
    words = sorted(known)
    lowered = {each.lower(): each for each in words}
    near = difflib.get_close_matches(word[:100].lower(), lowered, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {show(lowered[near[0]])}?"
    return f"; known are {', '.join(words)}" if 0 < len(words) <= FEW else ""
