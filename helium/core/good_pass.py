"""Which pass was good. Pure, and apart from the heartbeat, which commands show that never plan."""

from __future__ import annotations

from helium.core.plan import Code, Plan

HOLDS_ALL = (
    Code.HISTORY,
    Code.FOREIGN_STATE,
    Code.INCOMPLETE_OBSERVATION,
    Code.LOST_STACK,
    Code.UNTRUSTED_CLOCK,
    Code.UNEXPECTED_PLAN,
)
"""Refusals that hold a whole plan, and that nobody asked for, as somebody does for a pause."""


def was_good(plan: Plan) -> bool:
    """Whether a pass with this plan could do its work."""
    return not any(refusal.code in HOLDS_ALL for refusal in plan.refusals)
