"""A plan and its outcomes as people and programs read them: rows, one sentence, JSON, annotations.

Pure: text and plain values. It decides nothing and hides nothing: each refusal is shown with its override.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from helium.core.deadlines import format_instant, time_left
from helium.core.digest import Json
from helium.core.order_kinds import ordered_as, whole
from helium.core.plan import Change, Code, Keep, Outcome, Plan, Refusal
from helium.errors import Issue

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


def as_json(plan: Plan, *, costs: Mapping[str, str] | None = None) -> dict[str, Json]:
    """The documented form of `plan --json`. `costs`: by name, a sentence about what a workspace takes or costs."""
    said = costs or {}
    return {
        "digest": plan.digest,
        "commit": plan.commit,
        "now": format_instant(plan.now),
        "changes": [
            {**change_json(change), **({"cost": said[change.name]} if change.name in said else {})}
            for change in plan.changes
        ],
        "refusals": [refusal_json(refusal) for refusal in plan.refusals],
        "errors": [issue_json(issue) for issue in plan.issues],
        "counts": dict(plan.counts),
    }


def change_json(change: Change) -> dict[str, Json]:
    """A change as plan writes it."""
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
        "order": ordered_as(whole(refusal.override)) if refusal.override else "",
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


def refusals_of(plan: Plan, name: str) -> list[str]:
    """Why safeguards hold this name."""
    return [refused(refusal) for refusal in plan.refusals if name in refusal.names]


def refused(refusal: Refusal) -> str:
    """A refusal as one sentence with its override, as an option or a command, and as an order."""
    if not refusal.override:
        return refusal.sentence
    order = ordered_as(whole(refusal.override))
    return f"{refusal.sentence} To override: {refusal.override}{f' (from CI: {order})' if order else ''}"


def annotated(issues: Iterable[Issue], *, as_what: str = "error") -> tuple[str, ...]:
    """Errors (or notices) as the workflow commands that put them beside the line, one each."""
    return tuple(_annotation(issue, as_what) for issue in issues)


def _annotation(issue: Issue, as_what: str) -> str:
    where: Mapping[str, str] = {"file": issue.path, "line": str(issue.line), "col": str(issue.column)}
    # What is about no file is shown on the run's page.
    properties = ",".join(f"{key}={_property(value)}" for key, value in where.items()) if issue.path else ""
    return f"::{as_what} {properties}".rstrip() + f"::{_message(issue.sentence)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
