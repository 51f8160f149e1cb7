"""The safeguards: what a pass may not do, whatever the plan says.

Pure. The guard runs once, on the whole fleet's plan. It can only take changes away, and it says which ones it took and
how you override it. Each safeguard is one function with its rule and an accident that it stops, one line of
`SAFEGUARDS`, and at least one test that fails without it. `credibility` asks whether what was seen may be believed,
`workspace` whether enough is known of each workspace, `limits` whether anybody meant so much, `quota`
whether there is room for what is new. Two safeguards are not in
the list: `changed_meanwhile`, which `apply` asks right before each destroy, and Pulumi's own `protect`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helium.core.observation import Observation
from helium.core.plan import Change, Code, Destroy, Keep, Overrides, Plan, Refusal, hold
from helium.core.spec import RELEASED
from helium.reconcile.guard import credibility, grace, limits, quota, workspace
from helium.reconcile.guard.clock import believed_time, clock_problem
from helium.reconcile.guard.credibility import history_was_rewritten, paused
from helium.reconcile.guard.guard_input import GuardInput, Safeguard, deletes_digest
from helium.reconcile.guard.workspace import changed_meanwhile

__all__ = [
    "SAFEGUARDS",
    "believed_time",
    "changed_meanwhile",
    "clock_problem",
    "deletes_digest",
    "guard",
    "history_was_rewritten",
    "paused",
]

ALWAYS_SHOWN = (Code.INCOMPLETE_OBSERVATION, Code.FOREIGN_STATE, Code.LOST_STACK, Code.HISTORY, Code.UNEXPECTED_PLAN)
"""Refusals that are shown even when there was nothing to hold: something is wrong with more than this plan."""

# The order decides which reason a held change shows: doubts about everything come before doubts about one name.
SAFEGUARDS: tuple[Safeguard, ...] = (
    credibility.complete_observation,
    credibility.own_state,
    credibility.no_stack_lost,
    credibility.history,
    credibility.trusted_clock,
    credibility.not_paused,
    workspace.valid_spec,
    workspace.proven_ownership,
    workspace.unprotected,
    workspace.known_backend,
    workspace.same_cluster,
    workspace.recorded_deadline,
    workspace.agreed_deadline,
    limits.few_deletes,
    limits.some_spec_left,
    limits.reviewed_removal,
    grace.grace_is_over,
    quota.within_quota,
    limits.expected_plan,
)


def guard(
    plan: Plan, observed: Observation, *, overrides: Overrides, safeguards: Sequence[Safeguard] = SAFEGUARDS
) -> Plan:
    """The plan without what the safeguards hold (all of them, unless some are given), and with their refusals."""
    for safeguard in safeguards:
        found = safeguard(GuardInput(plan, observed, overrides))
        if refusals := [each for each in found if each.names or each.code in ALWAYS_SHOWN]:
            plan = _without(plan, refusals)
    return _with_releases(GuardInput(plan, observed, overrides))


def _with_releases(given: GuardInput) -> Plan:
    """What a person allowed by name counts as requested from now on: a retry of it needs no second permission."""
    names = frozenset(given.released_names)
    if not names:
        return given.plan
    changes = tuple(
        replace(change, origin=RELEASED) if isinstance(change, Destroy) and change.name in names else change
        for change in given.plan.changes
    )
    return replace(given.plan, changes=changes)


def _without(plan: Plan, refusals: Sequence[Refusal]) -> Plan:
    """What one safeguard refuses, all at once: it may have a refusal for each of a thousand names."""
    # The first refusal stays the reason, here and from one safeguard to the next.
    why = {name: refusal for refusal in reversed(refusals) for name in refusal.names}
    changes = tuple(_held(change, why.get(change.name)) for change in plan.changes)
    # What waits for the end of a grace waits as it should, which nobody need look at.
    shown = (refusal for refusal in refusals if refusal.code is not Code.GRACE)
    return replace(plan, changes=changes, refusals=(*plan.refusals, *shown))


def _held(change: Change, refusal: Refusal | None) -> Change:
    # A change that is already held is a `Keep`.
    if refusal is None or isinstance(change, Keep):
        return change
    return hold(change, refusal.code, why=refusal.sentence)
