"""A plan and its outcomes as people and programs read them: rows, one sentence, Markdown, JSON, annotations.

Pure: text and plain values. It decides nothing and hides nothing: each refusal is shown with its override.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from helium.core.deadlines import format_instant, time_left
from helium.core.digest import Json
from helium.core.plan import Change, Code, Keep, Outcome, Plan, Refusal
from helium.errors import Issue

MOST_SIGNS = 65_000
"""GitHub takes 65,536 characters in a comment; the rest is for whoever puts a line around it."""
MOST_OF_ONE = 2_000
"""Characters of one refusal or error in it."""
MOST_ROWS = 200
"""Rows that a comment on a pull request can hold beside everything else."""
_QUIET = (Code.IN_STEP, Code.OLDER_PROGRAM)
_PAST = {"create": "created", "update": "updated", "destroy": "destroyed"}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One change as a line of a table. `kind` of what the guard took away is `held`."""

    kind: str
    name: str
    backend: str
    left: str
    reason: str
    code: str


def rows(plan: Plan, *, every: bool = False) -> tuple[PlanRow, ...]:
    """One row for each change, work first. Names that simply match their files are left out, unless `every`."""
    order = ("create", "update", "destroy", "held", "keep")
    shown = [_row(change, plan.now) for change in plan.changes if every or not _is_quiet(change)]
    return tuple(sorted(shown, key=lambda row: (order.index(row.kind), row.name)))


def _is_quiet(change: Change) -> bool:
    return isinstance(change, Keep) and change.held is None and change.code in _QUIET


def _row(change: Change, now: datetime) -> PlanRow:
    held = isinstance(change, Keep) and change.held is not None
    left = time_left(change.deadline, now) if change.deadline else ""
    return PlanRow("held" if held else change.kind, change.name, change.backend, left, change.reason, change.code.value)


def summary(plan: Plan) -> str:
    """The plan in one sentence, with its counts."""
    if not plan.changes:
        return "no workspace: nothing to do"
    counts = plan.counts
    held, older = counts["held"], counts[Code.OLDER_PROGRAM.value]
    work = _some((counts[kind], f"to {kind}") for kind in _PAST)
    rest = _some([(held, "held"), (counts["keep"] - held, "to keep")])
    notes = _some([(older, "with an older program"), (counts["foreign"], "stacks of others in this state")])
    text = ", ".join(work + rest)
    if not work:
        text = f"nothing {'is done' if held else 'to do'}: {text}"
    return f"{text} ({'; '.join(notes)})" if notes else text


def _some(counted: Iterable[tuple[int, str]]) -> list[str]:
    """Each count with its words, where there is any."""
    return [f"{count} {words}" for count, words in counted if count]


def done(outcomes: Sequence[Outcome]) -> str:
    """What became of a pass in one sentence; empty when nothing was applied."""
    good = Counter(outcome.kind for outcome in outcomes if outcome.ok)
    bad = [outcome.name for outcome in outcomes if not outcome.ok]
    parts = _some((good[kind], word) for kind, word in _PAST.items())
    return ", ".join([*parts, *_some([(len(bad), f"failed: {', '.join(bad)}")])])


def as_json(plan: Plan) -> dict[str, Json]:
    """The documented form of `plan --json`."""
    return {
        "digest": plan.digest,
        "commit": plan.commit,
        "now": format_instant(plan.now),
        "changes": [_change(change) for change in plan.changes],
        "refusals": [refusal_json(refusal) for refusal in plan.refusals],
        "errors": [issue_json(issue) for issue in plan.issues],
        "counts": dict(plan.counts),
    }


def _change(change: Change) -> dict[str, Json]:
    return {
        "name": change.name,
        "kind": change.kind,
        "code": change.code.value,
        "reason": change.reason,
        "backend": change.backend,
        "deadline": format_instant(change.deadline) if change.deadline else None,
        "digest": change.digest,
    }


def refusal_json(refusal: Refusal) -> dict[str, Json]:
    """A refusal as plan and the closing step write it."""
    return {
        "code": refusal.code.value,
        "names": list(refusal.names),
        "sentence": refusal.sentence,
        "override": refusal.override,
    }


def issue_json(issue: Issue) -> dict[str, Json]:
    """An error as plan and validate write it."""
    return {
        "path": issue.path,
        "line": issue.line,
        "column": issue.column,
        "pointer": issue.pointer,
        "sentence": issue.sentence,
    }


def outcome_json(outcome: Outcome) -> dict[str, Json]:
    """An outcome as `reconcile --json` writes it."""
    return {
        "name": outcome.name,
        "kind": outcome.kind,
        "code": outcome.code,
        "ok": outcome.ok,
        "sentence": outcome.sentence,
        "seconds": outcome.seconds,
        "outputs": dict(outcome.outputs),
    }


def markdown(plan: Plan, *, simulated: str = "") -> str:
    """The plan for a comment: one table, the refusals, the errors, the digest."""
    lines = [f"**Plan** for `{plan.commit[:10]}`: {summary(plan)}."]
    lines += ["", f"_Sandbox: {simulated}._"] if simulated else []
    end = ["", f"Digest `{plan.digest}`", ""]
    # What is refused and wrong comes first where it does not all fit: a comment without it would look harmless.
    notes = _listed("Refused", [refused(refusal) for refusal in plan.refusals], room=MOST_SIGNS // 3)
    notes += _listed("Errors", [str(issue) for issue in plan.issues], room=MOST_SIGNS // 3)
    if table := rows(plan):
        lines += ["", "| change | workspace | time left | reason |", "|---|---|---|---|"]
        cells = [f"| {row.kind} | {_cell(row.name)} | {_cell(row.left)} | {_cell(row.reason)} |" for row in table]
        shown = _fitting(cells, room=MOST_SIGNS - _signs([*lines, *notes, *end]))
        lines += shown
        lines += [f"| … | {len(cells) - len(shown)} more | | |"] if len(shown) < len(cells) else []
    return "\n".join([*lines, *notes, *end])


def _listed(title: str, sentences: Sequence[str], *, room: int) -> list[str]:
    """A list under its title, by whole sentences, saying how many more there are."""
    points = [f"- {_cell(_shortened(sentence))}" for sentence in sentences]
    shown = _fitting(points, room=room)
    more = [f"- … {len(points) - len(shown)} more"] if len(shown) < len(points) else []
    return ["", f"**{title}**", "", *shown, *more] if points else []


def _shortened(sentence: str) -> str:
    """The sentence, which may name each of thousands of stacks. Left out whole, nobody would learn of it."""
    cut = "… (helium plan shows it whole)"
    return sentence if len(sentence) <= MOST_OF_ONE else f"{sentence[: MOST_OF_ONE - len(cut)]}{cut}"


def _fitting(lines: Sequence[str], *, room: int) -> list[str]:
    """As many whole lines as there is room for."""
    lengths = accumulate(_signs([line]) for line in lines)
    return [line for line, length in zip(lines[:MOST_ROWS], lengths, strict=False) if length <= room]


def _signs(lines: Iterable[str]) -> int:
    """How long the lines are, as hosts may count: in UTF-16 units, or in bytes of UTF-8, whichever is more."""
    return sum(max(len(line.encode()), len(line.encode("utf-16-le")) // 2) + 1 for line in lines)


def refusals_of(plan: Plan, name: str) -> list[str]:
    """Why safeguards hold this name."""
    return [refused(refusal) for refusal in plan.refusals if name in refusal.names]


def refused(refusal: Refusal) -> str:
    """A refusal as one sentence with its override."""
    return f"{refusal.sentence} To override: {refusal.override}" if refusal.override else refusal.sentence


def _cell(text: str) -> str:
    """Text that stays what it is in a table of Markdown: no markup, no mention, no line break."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_[]|~#":
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("@", "@\u200b")


def annotated(issues: Iterable[Issue], *, as_what: str = "error") -> tuple[str, ...]:
    """Errors (or notices) as the workflow commands that put them beside the line, one each."""
    return tuple(_annotation(issue, as_what) for issue in issues)


def _annotation(issue: Issue, as_what: str) -> str:
    where: Mapping[str, str] = {"file": issue.path, "line": str(issue.line), "col": str(issue.column)}
    properties = ",".join(f"{key}={_property(value)}" for key, value in where.items())
    return f"::{as_what} {properties}::{_message(issue.sentence)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
