"""What the control plane logs about its passes: the plan and what came of it. A pass without work logs nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from helium.core.live import DOING, LiveStack
from helium.core.plan import Change, Outcome, Plan
from helium.reconcile import report
from helium.reconcile.loop import Result

LOG = logging.getLogger(__name__)


class ProgressLog:
    """The port `Progress`, and what is logged before and after a pass; several threads may call."""

    def __init__(self) -> None:
        self._said: frozenset[str] = frozenset()
        self._open: dict[str, str] = {}

    def shown(self, plan: Plan) -> None:
        """Log the plan in a sentence, if there is work, and each refusal and error when it is new."""
        if plan.work:
            LOG.info("%s", report.summary(plan), extra={"commit": plan.commit, "plan": plan.digest})
        held = frozenset([*map(report.refused, plan.refusals), *map(str, plan.issues)])
        for sentence in sorted(held - self._said):
            LOG.warning("%s", sentence, extra={"commit": plan.commit})
        self._said = held

    def planned(self, changes: Sequence[Change]) -> None:
        """What is open."""
        self._open = {change.name: change.kind for change in changes}

    def started(self, change: Change) -> None:
        """One line."""
        LOG.info("%s %s", DOING[change.kind], change.name, extra=_fields(change))

    def doing(self, stack: LiveStack) -> None:
        """Nothing: a log is read later, and what was going on is over by then."""

    def finished(self, change: Change, outcome: Outcome) -> None:
        """One line, with the sentence of a failure."""
        self._open.pop(change.name, None)
        extra = {**_fields(change), "seconds": outcome.seconds}
        if outcome.ok:
            LOG.info("%s: %s", change.name, report.done([outcome]), extra=extra)
        else:
            LOG.warning("%s failed: %s", change.name, outcome.sentence, extra=extra)

    def note(self, sentence: str) -> None:
        """A line."""
        LOG.info("%s", sentence)

    def ended(self, result: Result) -> None:
        """What became of it, in one line."""
        self._open = {}
        if result.outcomes:
            LOG.info("%s", report.done(result.outcomes), extra={"commit": result.plan.commit})

    def summary_line(self) -> str:
        """Where things stand, when a pass is cut short."""
        if not self._open:
            return "nothing is under way"
        return f"not done: {', '.join(sorted(self._open))}; the next pass goes on from where they stand"


def _fields(change: Change) -> dict[str, str]:
    return {"workspace": change.name, "kind": change.kind, "code": change.code.value, "reason": change.reason}
