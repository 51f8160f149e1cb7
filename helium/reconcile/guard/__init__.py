"""The brakes: what a pass may not do, whatever the plan says.

Pure. The guard runs once, on the whole fleet's plan; it can only remove changes, and says what it removed and how to
override it. Each brake is one sentence of the design's section 6, one function, one line of `BRAKES`, and at least
one test that fails without it: `picture` asks whether what was seen may be believed, `name` what is known of each
workspace, `numbers` whether so much was meant. Brake 11 is the engine's (`protect`); brake 13 is `moved`, asked by
apply right before each destroy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helium.core.facts import Facts
from helium.core.plan import Change, Code, Keep, Overrides, Plan, Refusal, hold
from helium.reconcile.guard import name, numbers, picture
from helium.reconcile.guard.name import moved
from helium.reconcile.guard.numbers import deletes_digest
from helium.reconcile.guard.picture import clock_fault, paused, strays
from helium.reconcile.guard.scene import Brake, Scene

__all__ = ["BRAKES", "clock_fault", "deletes_digest", "guard", "moved", "paused", "strays"]

STANDING = (Code.NOT_WHOLE, Code.NOT_OURS, Code.LOST_STACK, Code.HISTORY, Code.NOT_EXPECTED)
"""Refusals worth telling even when there was nothing to hold."""

BRAKES: tuple[Brake, ...] = (
    picture.whole,
    picture.ours,
    picture.nothing_lost,
    picture.history,
    picture.clock,
    picture.not_paused,
    name.readable,
    name.facts_known,
    name.unprotected,
    name.backend_known,
    name.same_cluster,
    name.deadline_recorded,
    numbers.few_deletes,
    numbers.some_spec_left,
    numbers.as_expected,
)


def guard(plan: Plan, facts: Facts, *, overrides: Overrides, brakes: Sequence[Brake] = BRAKES) -> Plan:
    """The plan without what the brakes hold (all, unless some are named); each refusal is in it, with its names."""
    for brake in brakes:
        for refusal in brake(Scene(plan, facts, overrides)):
            if refusal.names or refusal.code in STANDING:
                plan = _without(plan, refusal)
    return plan


def _without(plan: Plan, refusal: Refusal) -> Plan:
    names = frozenset(refusal.names)
    changes = tuple(_held(change, refusal) if change.name in names else change for change in plan.changes)
    return replace(plan, changes=changes, refusals=(*plan.refusals, refusal))


def _held(change: Change, refusal: Refusal) -> Change:
    return change if isinstance(change, Keep) else hold(change, refusal.code, why=refusal.sentence)
