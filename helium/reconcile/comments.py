"""What Helium writes where Markdown is read: a plan, or what a pull request proposes, as a comment.

Pure. A host takes comments of a limited length, so what matters most comes first and is never cut in half. What people
wrote stays text: no markup of theirs, no mention.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from helium.core.deadlines import format_instant, time_left
from helium.core.digest import Json, digest
from helium.core.plan import Keep, Plan
from helium.core.proposal import Loss, Proposal, ProposedChange
from helium.reconcile import report
from helium.reconcile.markdown import cell, fitting, signs, table
from helium.reconcile.pass_summary import PassRow, what_became

MOST_SIGNS = 65_000
"""GitHub takes 65,536 characters in a comment; the rest is for whoever puts a line around it."""
MOST_OF_ONE = 2_000
"""Characters of one refusal or error in it."""
MOST_ROWS = 200
"""Rows that a comment on a pull request can hold beside everything else."""
MOST_BESIDE = 10
"""Other files of a pull request that are named one by one."""
PROMISE = (
    "A green check means that the files are valid by the rules of main as it is now, and that the next pass would not "
    "refuse what is shown here. It does not mean that the cloud has room, or that a chart comes up."
)
ROOM_FOR_WORDS = 1_000
BECAME = "<!-- helium:became -->"
"""What stands between what was planned and what became of it."""
_ORDER = ("destroy", "held", "update", "create", "keep")


def of_plan(plan: Plan, *, simulated: str = "", of: str = "", costs: Mapping[str, str] | None = None) -> str:
    """The plan for a comment: one table, the refusals, the errors, the digest. `of`: what it is planned for, in words;
    `costs`: by name, what a workspace costs.

    A plan of what is on no branch yet has a commit that nobody can look up.
    """
    lines = [f"**Plan** for {cell(of) or f'`{plan.commit[:10]}`'}: {report.summary(plan)}."]
    lines += ["", f"_Sandbox: {simulated}._"] if simulated else []
    end = ["", f"Digest `{plan.digest}`", ""]
    # What is refused and wrong comes first where it does not all fit: a comment without it would look harmless.
    notes = _listed("Refused", [report.refused(refusal) for refusal in plan.refusals], room=MOST_SIGNS // 3)
    notes += _listed("Errors", [str(issue) for issue in plan.issues], room=MOST_SIGNS // 3)
    costs = costs or {}
    whole = [(row, " ".join(filter(None, (row.reason, costs.get(row.name))))) for row in report.rows(plan)]
    rows = [f"| {row.kind} | {cell(row.name)} | {cell(row.left)} | {cell(reason)} |" for row, reason in whole]
    room = MOST_SIGNS - signs([*lines, *notes, *end])
    lines += table(("change", "workspace", "time left", "reason"), rows, most=MOST_ROWS, room=room)
    return "\n".join([*lines, *notes, *end])


def of_proposal(proposed: Proposal, *, simulated: str = "") -> str:
    """What a pull request would do, for those who review it: what goes first, then the rest, then what is wrong."""
    changes = sorted(proposed.changes, key=lambda each: (_ORDER.index(_kind(each)), each.change.name))
    lines = [f"**If this is merged into `{proposed.main[:10]}`**: {_counted(changes)}."]
    lines += ["", f"_Sandbox: {simulated}._"] if simulated else []
    lines += _listed("Refused", [report.refused(refusal) for refusal in proposed.refusals], room=MOST_SIGNS // 4)
    lines += _listed("Errors", [str(issue) for issue in proposed.issues], room=MOST_SIGNS // 4)
    lines += _listed("What goes", list(_losses(changes, proposed.now)), room=MOST_SIGNS // 8)
    beside = _listed("Not only specs", [_beside(proposed)] if proposed.beside else [], room=MOST_SIGNS // 8)
    end = [*beside, "", PROMISE, "", f"Planned for `{proposed.head[:10]}`. Digest `{digest_of(proposed)}`", ""]
    rows = [_proposed_row(each, proposed.now) for each in changes]
    room = MOST_SIGNS - signs([*lines, *end])
    lines += table(("change", "workspace", "time left", "why"), rows, most=MOST_ROWS, room=room)
    return "\n".join([*lines, *end])


def of_no_plan(why: str, *, head: str) -> str:
    """That a pull request is not planned, and why: nothing of it counts as shown."""
    held = "If it is merged all the same, what it takes away is held until somebody allows it by name."
    return f"**Not planned**: {cell(_shortened(why))}\n\n{held}\n\nLooked at `{head[:10]}`\n"


def went_on(before: str, rows: Sequence[PassRow], *, url: str = "") -> str:
    """A comment on what was merged, with what became of it. `before`: the comment as it is; `url`: the pass's page."""
    shown = before.partition(BECAME)[0].rstrip()
    what = f"[What became of it]({url})" if url.startswith("https://") else "What became of it"
    heading = f"**Merged.** {what}:"
    room = MOST_SIGNS - signs([shown]) - ROOM_FOR_WORDS
    return "\n".join([shown, "", BECAME, heading, *what_became(rows, most=MOST_ROWS, room=room), ""]).lstrip()


def digest_of(proposed: Proposal) -> str:
    """Of all that would change. It covers neither the clock nor the commits, so a rebase alone leaves it as it is."""
    return digest([each.change.digest for each in proposed.changes])


def as_json(proposed: Proposal) -> dict[str, Json]:
    """The documented form of `ci plan --json`."""
    return {
        "main": proposed.main,
        "head": proposed.head,
        "digest": digest_of(proposed),
        "changes": [{**report.change_json(each.change), **_more_json(each)} for each in proposed.changes],
        "refusals": [report.refusal_json(refusal) for refusal in proposed.refusals],
        "errors": [report.issue_json(issue) for issue in proposed.issues],
        "beside": list(proposed.beside),
    }


def _more_json(each: ProposedChange) -> dict[str, Json]:
    loss = each.loss and {
        "owner": each.loss.owner,
        "created_at": format_instant(each.loss.created_at),
        "deadline": format_instant(each.loss.deadline),
        "resources": dict(each.loss.resources),
        "bucket": each.loss.bucket,
    }
    return {"loss": loss, "note": each.note}


def _kind(each: ProposedChange) -> str:
    return "held" if isinstance(each.change, Keep) and each.change.held is not None else each.change.kind


def _counted(changes: Sequence[ProposedChange]) -> str:
    counts = Counter(map(_kind, changes))
    said = [f"{counts[kind]} {'held' if kind == 'held' else f'to {kind}'}" for kind in _ORDER if counts[kind]]
    return ", ".join(said) or "no workspace changes"


def _proposed_row(each: ProposedChange, now: datetime) -> str:
    change = each.change
    left = time_left(change.deadline, now) if change.deadline else ""
    why = " ".join(filter(None, (change.reason, each.note)))
    return f"| {_kind(each)} | {cell(change.name)} | {cell(left)} | {cell(why)} |"


def _losses(changes: Iterable[ProposedChange], now: datetime) -> Iterable[str]:
    for each in changes:
        if each.loss is not None:
            yield f"{each.change.name}: {_loss(each.loss, now)}"


def _loss(loss: Loss, now: datetime) -> str:
    count = sum(loss.resources.values())
    kinds = ", ".join(f"{number} {kind.rpartition(':')[2]}" for kind, number in sorted(loss.resources.items()))
    age = time_left(now, loss.created_at)
    parts = [f"of {loss.owner}", f"{age} old", f"{time_left(loss.deadline, now)} left"]
    parts += [f"{count} resources ({kinds})"] if count else []
    parts += [f"the bucket {loss.bucket} with all that is in it"] if loss.bucket else []
    return ", ".join(parts)


def _beside(proposed: Proposal) -> str:
    named = ", ".join(proposed.beside[:MOST_BESIDE])
    more = len(proposed.beside) - MOST_BESIDE
    return f"It also changes {named}{f' and {more} more' if more > 0 else ''}. This plan was made with them."


def _listed(title: str, sentences: Sequence[str], *, room: int) -> list[str]:
    """A list under its title, by whole sentences, saying how many more there are."""
    points = [f"- {cell(_shortened(sentence))}" for sentence in sentences]
    shown = fitting(points, most=MOST_ROWS, room=room)
    more = [f"- … {len(points) - len(shown)} more"] if len(shown) < len(points) else []
    return ["", f"**{title}**", "", *shown, *more] if points else []


def _shortened(sentence: str) -> str:
    """The sentence, which may name each of thousands of stacks. Left out whole, nobody would learn of it."""
    cut = "… (helium plan shows it whole)"
    return sentence if len(sentence) <= MOST_OF_ONE else f"{sentence[: MOST_OF_ONE - len(cut)]}{cut}"
