"""How the pass of an order passes, and what its end says. Pure.

An order is the command that `core/order_kinds.py` names, with the same selection and the same overrides. It refuses to
do anything where a safeguard holds what it asks for: the rest of the plan is for the rounds that follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from helium.core.good_pass import HOLDS_ALL
from helium.core.order import Ended, Order, OrderKind
from helium.core.order_rules import NotCarriedOut, saw, why_not
from helium.core.plan import Code, Outcome, Overrides, Plan, Refusal
from helium.core.spec import RELEASED, Entry
from helium.reconcile import report
from helium.reconcile.decide import Decided
from helium.reconcile.load import Selection
from helium.reconcile.pass_options import PassOptions

_OF_ALL = (Code.PAUSED, *HOLDS_ALL)
"""Refusals that hold the whole plan, also what an order without names is about."""


def options_of(order: Order, base: PassOptions) -> PassOptions:
    """The options of the order's command. What the order does not say is as in the pass that carries it out."""
    names = frozenset(order.names)
    kind = order.kind
    selection = Selection(
        names=names,
        roll=names if kind is OrderKind.ROLL else frozenset(),
        roll_all=kind is OrderKind.ROLL_ALL,
        lost_clusters=names if kind is OrderKind.FORGET else frozenset(),
    )
    overrides = Overrides(
        expect=order.expect,
        allow_deletes=order.argument if kind is OrderKind.RELEASE else None,
        allow_replace=names if kind is OrderKind.REPLACE else frozenset(),
        clock_is_right=kind is OrderKind.CLOCK_IS_RIGHT,
        assume_absent=names if kind is OrderKind.ASSUME_ABSENT else frozenset(),
        over_quota=names if kind is OrderKind.OVER_QUOTA else frozenset(),
    )
    return replace(base, selection=selection, overrides=overrides, once=True, sharded=False, order=order)


def stopped(order: Order, decided: Decided, *, entries: Iterable[Entry], now: datetime) -> NotCarriedOut | None:
    """Why nothing is done for the order, by what its own pass has seen; otherwise its plan is carried out."""
    if not order.begun:
        # A repair has changed what it was bound to; it was judged before that began.
        observed = decided.observed
        seen = saw(order, entries=entries, records=observed.records)
        if why := why_not(order, fleet=observed.fleet, seen=seen, now=now):
            return why
    if refusals := _refusals(order, decided.plan):
        return NotCarriedOut(Ended.REFUSED, " ".join(map(report.refused, refusals)))
    if not options_of(order, PassOptions()).selection.work_of(decided.plan):
        return NotCarriedOut(Ended.REFUSED, _nothing(order, decided.plan))
    return None


def _refusals(order: Order, plan: Plan) -> Sequence[Refusal]:
    """Those that hold what the order is about."""
    if order.names:
        named = [each for each in plan.refusals if set(order.names) & set(each.names)]
        return [*named, *(each for each in plan.refusals if each.code is Code.UNEXPECTED_PLAN and each not in named)]
    held = [each for each in plan.refusals if each.code in _OF_ALL]
    if order.kind is OrderKind.RELEASE:
        # The digest is of other deletes than those that are held now: the guard has not let them go by it.
        held += [each for each in plan.refusals if each.override.startswith("--allow-deletes")]
        if all(change.origin != RELEASED for change in plan.destroys):
            held += [Refusal(each.code, (each.name,), each.reason) for each in plan.changes if each.code is Code.GRACE]
    return held


def _nothing(order: Order, plan: Plan) -> str:
    """What is so instead, of each name."""
    reasons = [f"{name}: {change.reason}" for name in order.names if (change := plan.of(name))]
    unknown = [f"There is no workspace called {name}." for name in order.names if plan.of(name) is None]
    return " ".join(("Nothing of it is to be done now.", *reasons, *unknown))


def how_it_went(order: Order, outcomes: Sequence[Outcome]) -> NotCarriedOut:
    """The end of an order whose plan was carried out."""
    bad = [f"{each.name}: {each.sentence}" for each in outcomes if not each.ok]
    done = report.done(outcomes) or "nothing was to be done"
    sentence = ". ".join((f"{done[0].upper()}{done[1:]}", *bad))
    return NotCarriedOut(Ended.FAILED if bad else Ended.DONE, f"{sentence.rstrip('.')}.")
