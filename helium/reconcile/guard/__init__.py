"""The brakes: what a pass may not do, whatever the plan says.

Pure. The guard runs once, on the whole fleet's plan; it can only remove changes, and says what it removed and how to
override it. Each brake is one sentence of the design's section 6, one function, one line of `SAFEGUARDS`, and at least
one test that fails without it: `picture` asks whether what was seen may be believed, `name` what is known of each
workspace, `numbers` whether so much was meant. Brake 11 is the engine's (`protect`); brake 13 is `moved`, asked by
apply right before each destroy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helium.core.observation import Observation
from helium.core.plan import Change, Code, Keep, Overrides, Plan, Refusal, hold
from helium.reconcile.guard import credibility, limits, workspace
from helium.reconcile.guard.credibility import clock_fault, paused, strays
from helium.reconcile.guard.guard_input import GuardInput, Safeguard
from helium.reconcile.guard.limits import deletes_digest
from helium.reconcile.guard.workspace import changed_meanwhile

__all__ = ["SAFEGUARDS", "changed_meanwhile", "clock_fault", "deletes_digest", "guard", "paused", "strays"]

STANDING = (Code.INCOMPLETE_OBSERVATION, Code.FOREIGN_STATE, Code.LOST_STACK, Code.HISTORY, Code.UNEXPECTED_PLAN)
"""Refusals worth telling even when there was nothing to hold."""

SAFEGUARDS: tuple[Safeguard, ...] = (
    credibility.whole,
    credibility.ours,
    credibility.nothing_lost,
    credibility.history,
    credibility.clock,
    credibility.not_paused,
    workspace.readable,
    workspace.facts_known,
    workspace.unprotected,
    workspace.backend_known,
    workspace.same_cluster,
    workspace.deadline_recorded,
    limits.few_deletes,
    limits.some_spec_left,
    limits.as_expected,
)


def guard(
    plan: Plan, observed: Observation, *, overrides: Overrides, safeguards: Sequence[Safeguard] = SAFEGUARDS
) -> Plan:
    """The plan without what the brakes hold (all, unless some are named); each refusal is in it, with its names."""
    for safeguard in safeguards:
        for refusal in safeguard(GuardInput(plan, observed, overrides)):
            if refusal.names or refusal.code in STANDING:
                plan = _without(plan, refusal)
    return plan


def _without(plan: Plan, refusal: Refusal) -> Plan:
    names = frozenset(refusal.names)
    changes = tuple(_held(change, refusal) if change.name in names else change for change in plan.changes)
    return replace(plan, changes=changes, refusals=(*plan.refusals, refusal))


def _held(change: Change, refusal: Refusal) -> Change:
    return change if isinstance(change, Keep) else hold(change, refusal.code, why=refusal.sentence)
