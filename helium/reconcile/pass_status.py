"""What a commit of main shows of the pass that planned it: one line beside the commit, where people look anyway.

Pure. Red is what a person has to do something about: what failed, what is held, a file with errors, no pass at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from helium.core.heartbeat import Heartbeat
from helium.core.plan import Code, Keep, Outcome, Plan, Refusal
from helium.core.pull_request import CommitStatus, StatusState
from helium.errors import Issue
from helium.reconcile import report

CONTEXT = "helium"
LONGEST = 140
"""Characters that GitHub takes."""


@dataclass(frozen=True, slots=True)
class PassEnd:
    """How a pass ended. `counts`: those of its plan. `shards`: on how many machines it goes on, and has not ended.

    `failed_before`: what failed in an earlier pass, and waits. `stuck`: something needs a person.
    """

    outcomes: Sequence[Outcome]
    refusals: Sequence[Refusal]
    issues: Sequence[Issue]
    counts: Mapping[str, int]
    shards: int = 0
    failed_before: Sequence[str] = ()
    stuck: bool = False


def failed_before(plan: Plan) -> tuple[str, ...]:
    """The names that failed in an earlier pass, and wait for their next attempt."""
    kept = (change for change in plan.changes if isinstance(change, Keep))
    return tuple(sorted(change.name for change in kept if change.code is Code.WAITING))


def of_pass(end: PassEnd, *, url: str) -> CommitStatus:
    """The gravest thing first. `url`: the page of the run, if it has one."""
    state, words = _gravest(end)
    done = "" if end.shards else report.done(end.outcomes)
    kept = end.counts.get("keep", 0)
    said = "; ".join(filter(None, (*words, done, f"{kept} left as they are" if kept else "")))
    return CommitStatus(context=CONTEXT, state=state, description=_short(said or "nothing to do"), url=url)


def of_heartbeat(beat: Heartbeat, *, now: datetime, url: str) -> CommitStatus:
    """Red, because nobody passes: the next pass takes it back."""
    return CommitStatus(context=CONTEXT, state=StatusState.FAILURE, description=_short(beat.sentence(now)), url=url)


def _gravest(end: PassEnd) -> tuple[StatusState, list[str]]:
    paused = [refusal for refusal in end.refusals if refusal.code is Code.PAUSED]
    held = sorted({name for refusal in end.refusals if refusal not in paused for name in refusal.names})
    whole = [refusal.code.value for refusal in end.refusals if refusal not in paused and not refusal.names]
    words = [f"held: {', '.join(whole)}"] if whole else []
    words += [f"{len(held)} held: {', '.join(held)}"] if held else []
    broken = sorted({issue.path for issue in end.issues})
    words += [f"errors in {', '.join(broken)}"] if broken else []
    before = sorted(end.failed_before)
    words += [f"{len(before)} failed before: {', '.join(before)}"] if before else []
    words += ["somebody must look (helium plan says why)"] if end.stuck else []
    if words or not all(outcome.ok for outcome in end.outcomes):
        return StatusState.FAILURE, words
    if paused:
        return StatusState.PENDING, ["paused"]
    if end.shards:
        return StatusState.PENDING, [f"at work on {end.shards} machine{'s' if end.shards > 1 else ''}"]
    return StatusState.SUCCESS, []


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
