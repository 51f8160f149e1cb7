"""What became of a pass, for the page of the run that made it. It is read on a phone, so a table has two columns.

Pure. What needs a person comes first. What people wrote stays text, and a link leads only where a record says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from helium.core.connections import URL, ConnectionText
from helium.core.log_line import ORDERED, LogLine
from helium.core.plan import Destroy
from helium.core.status import StatusWord
from helium.core.summary import Summary
from helium.errors import Issue
from helium.reconcile import report
from helium.reconcile.markdown import cell, fitting, signs, table

FAILED, INVALID, HELD, GONE = StatusWord.FAILED.value, "invalid", "held", "gone"
NEEDS_A_PERSON = (FAILED, INVALID, HELD)
_ORDER = (*NEEDS_A_PERSON, *(word.value for word in StatusWord if word is not StatusWord.FAILED), GONE)
MOST_ROWS, MOST_ORDERS, MOST_SIGNS = 500, 50, 900_000
"""A host shows a megabyte."""


@dataclass(frozen=True, slots=True)
class PassRow:
    """One workspace that the pass worked on, or that needs a person."""

    name: str
    word: str
    sentence: str
    path: str = ""
    links: tuple[ConnectionText, ...] = ()


def of_workspaces(lines: Iterable[LogLine]) -> list[LogLine]:
    """What became of workspaces; what became of orders is told apart."""
    return [line for line in lines if line.code != ORDERED]


def rows_of(
    summaries: Mapping[str, Summary],
    lines: Iterable[LogLine],
    *,
    links: Mapping[str, tuple[ConnectionText, ...]],
    paths: Mapping[str, str],
) -> tuple[PassRow, ...]:
    """What is worth a row. `lines`: the log of this run; the last of a name counts."""
    last = {line.name: line for line in lines}
    wanted = [row for row in all_rows(summaries, last, links=links) if row.name in last or row.word in NEEDS_A_PERSON]
    return tuple(replace(row, path=paths.get(row.name, "")) for row in wanted)


def all_rows(
    summaries: Mapping[str, Summary],
    last: Mapping[str, LogLine],
    *,
    links: Mapping[str, tuple[ConnectionText, ...]],
) -> tuple[PassRow, ...]:
    """A row for every name that has a summary or a last outcome, what needs a person first. Links are of the ready."""
    rows = [_row(summaries.get(name), last.get(name), name=name) for name in sorted({*summaries, *last})]
    linked = [replace(row, links=links.get(row.name, ())) if row.word == StatusWord.READY else row for row in rows]
    return tuple(sorted(linked, key=lambda row: _ORDER.index(row.word)))


def _row(summary: Summary | None, line: LogLine | None, *, name: str) -> PassRow:
    if summary is None:
        assert line is not None
        return PassRow(name, GONE if line.kind in ("", Destroy.kind) else FAILED, line.sentence)
    if summary.issues:
        return PassRow(name, INVALID, str(summary.issues[0]))
    if summary.held:
        return PassRow(name, HELD, summary.held)
    return PassRow(name, summary.status.value, summary.reason)


def as_markdown(
    rows: Sequence[PassRow], *, fleet: str, others: int, simulated: str = "", orders: Iterable[LogLine] = ()
) -> str:
    """A heading, orders, one table, and how many workspaces are left out because nothing happened to them."""
    counts = Counter(row.word for row in rows)
    said = ", ".join(f"{counts[word]} {word}" for word in _ORDER if counts[word]) or "nothing changed"
    lines = [f"### {cell(fleet)}: {said}"]
    lines += ["", f"_Sandbox: {cell(simulated)}._"] if simulated else []
    ended = dict.fromkeys(f"- {cell(line.sentence)} Ordered by {cell(line.by)}." for line in orders)
    lines += ["", *fitting(list(ended), most=MOST_ORDERS, room=MOST_SIGNS // 3)] if ended else []
    lines += what_became(rows, most=MOST_ROWS, room=MOST_SIGNS - signs(lines))
    left = f"{others} other workspace{'s' if others > 1 else ''}, to which nothing happened."
    lines += ["", left] if others else []
    return "\n".join([*lines, ""])


def what_became(rows: Sequence[PassRow], *, most: int, room: int) -> list[str]:
    """The lines of a table, as many as there is room for; nothing without a row."""
    lines = [f"| {cell(row.name)} | {_told(row)} |" for row in rows]
    return table(("workspace", "what became of it"), lines, most=most, room=room)


def _told(row: PassRow) -> str:
    links = " · ".join(f"[{cell(each.label)}]({_address(each.text)})" for each in row.links if _is_web(each))
    word = f"**{row.word}**" if row.word in NEEDS_A_PERSON else row.word
    log = f"`helium show {row.name} --log`" if row.word == FAILED else ""
    return " · ".join(filter(None, (f"{word}: {cell(row.sentence)}" if row.sentence else word, links, log)))


def _is_web(each: ConnectionText) -> bool:
    return each.kind == URL and each.text.startswith(("https://", "http://"))


def _address(text: str) -> str:
    """An address that cannot end its link."""
    return quote(text, safe="/:?#!$&*+,;=%")


def annotated(rows: Iterable[PassRow]) -> tuple[str, ...]:
    """What failed as errors, and what is held as warnings, beside the file that each belongs to."""
    named = [(row.word, Issue(row.path, 1, 1, "", f"{row.name} is {row.word}: {row.sentence}")) for row in rows]
    failed = [issue for word, issue in named if word in (FAILED, INVALID)]
    held = [issue for word, issue in named if word == HELD]
    return (*report.annotated(failed), *report.annotated(held, as_what="warning"))
