"""Fleets for which somebody gives an order while passes come, work, sleep and die."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from helium.core.order import OrderKind
from helium.reconcile.guard import deletes_digest
from tests.explorer.events import EditsOf, adds, edits, removes, reverts
from tests.explorer.fleets import PASS, PAST_LEASE, fleet, passes
from tests.explorer.ordered import dismisses, orders
from tests.explorer.walked_case import WalkedCase

_ROLL = orders(OrderKind.ROLL, "a")
_UNLOCK = orders(OrderKind.UNLOCK, "a")


def _given(name: str, *happens: EditsOf, kills: int = 0, order: EditsOf = _ROLL) -> WalkedCase:
    """It was given before anybody begins."""
    world = next(order(fleet("a"), "a")).world
    both = passes(PASS, PASS)
    return WalkedCase(name, world, both, happens, most_edits=1, clock=(PAST_LEASE,), kills=kills, before=False)


def _comes(name: str) -> WalkedCase:
    """It comes while a pass works on something else."""
    return WalkedCase(name, fleet("a", "b"), passes(PASS), (_ROLL, edits), ("a", "b"), most_edits=3, kills=1)


def _released(name: str) -> WalkedCase:
    """Two files went, one may go in a day, and both are allowed by their digest; meanwhile one of them comes back."""
    world = fleet("a", "b", limits="deletes: 1")
    for each in ("a", "b"):
        world = next(removes(world, each)).world
    world = next(orders(OrderKind.RELEASE, argument=deletes_digest(("a", "b")))(world, "a")).world
    return WalkedCase(name, world, passes(PASS), (reverts,), ("a", "b"), most_edits=2, kills=1, before=False)


ORDER_CASES: Mapping[str, Callable[[str], WalkedCase]] = {
    "an order": lambda name: _given(name, dismisses, edits),
    "an order, and a death": lambda name: _given(name, kills=1),
    "an order, and a sleep": lambda name: replace(_given(name), sleep=PAST_LEASE, clock=()),
    "an order for a name that changes hands": lambda name: _given(name, removes, adds),
    "a repair": lambda name: _given(name, edits, order=_UNLOCK),
    "a repair, and a death": lambda name: _given(name, kills=1, order=_UNLOCK),
    "an order that comes meanwhile": _comes,
    "a release": _released,
}
"""By name."""
