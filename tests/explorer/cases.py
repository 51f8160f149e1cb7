"""The fleets that are walked, and who is at work on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from tests.explorer.events import adds, edits, extends, pauses, removes, reverts
from tests.explorer.fleets import LOOK, MOMENT, PASS, PAST_LEASE, fleet, passes
from tests.explorer.order_cases import ORDER_CASES
from tests.explorer.small_cases import SMALL_CASES
from tests.explorer.walked_case import WalkedCase


def _one(name: str) -> WalkedCase:
    return WalkedCase(name, fleet("a"), passes(PASS), (removes, adds, reverts, edits))


def _one_killed(name: str) -> WalkedCase:
    changes = removes, adds, reverts, edits
    return WalkedCase(name, fleet("a"), passes(PASS), changes, most_edits=3, kills=1)


def _moments(name: str) -> WalkedCase:
    changes = removes, adds, edits
    return WalkedCase(name, fleet("a"), passes(PASS), changes, most_edits=3, clock=(MOMENT,), most_moves=3)


def _looker(name: str) -> WalkedCase:
    changes = removes, adds, reverts
    return WalkedCase(name, fleet("a"), passes(PASS, LOOK), changes, clock=(MOMENT,))


def _two(name: str) -> WalkedCase:
    return WalkedCase(name, fleet("a"), passes(PASS, PASS), (removes, adds, reverts, edits))


def _lease(name: str) -> WalkedCase:
    return WalkedCase(name, fleet("a"), passes(PASS, PASS), (removes, edits), most_edits=1, clock=(PAST_LEASE,))


def _killed(name: str) -> WalkedCase:
    changes = removes, adds
    return WalkedCase(name, fleet("a"), passes(PASS, PASS), changes, clock=(PAST_LEASE,), kills=1)


def _deadline(name: str) -> WalkedCase:
    world = fleet("a", until=timedelta(hours=2))
    return WalkedCase(name, world, passes(PASS, PASS), (extends, removes), clock=(timedelta(hours=3),))


def _pause(name: str) -> WalkedCase:
    return WalkedCase(name, fleet("a"), passes(PASS, PASS), (removes, reverts, pauses), most_edits=3)


def _two_names(name: str) -> WalkedCase:
    return WalkedCase(name, fleet("a", "b"), passes(PASS, PASS), (removes, adds), ("a", "b"), most_edits=3)


def _side_by_side(name: str) -> WalkedCase:
    world, changes = fleet("a", "b"), (removes, adds)
    return WalkedCase(name, world, passes(PASS), changes, ("a", "b"), most_edits=3, clock=(MOMENT,), kills=1)


def _three(name: str) -> WalkedCase:
    changes = removes, adds
    return WalkedCase(name, fleet("a"), passes(PASS, PASS, LOOK), changes, clock=(PAST_LEASE,), kills=1)


WIDE_CASES: Mapping[str, Callable[[str], WalkedCase]] = {
    "one pass": _one,
    "one pass, killed": _one_killed,
    "one pass and its clock": _moments,
    "a pass and a looker": _looker,
    "two passes": _two,
    "a lease that runs out": _lease,
    "two passes, one killed": _killed,
    "a deadline": _deadline,
    "a pause": _pause,
    "two names, two passes": _two_names,
    "two names, side by side": _side_by_side,
    "two passes and a looker": _three,
}
"""Those that are as wide as there is time."""
CASES = {**SMALL_CASES, **ORDER_CASES, **WIDE_CASES}
"""All of them. A fleet is made only where it is walked."""


def case_of(name: str) -> WalkedCase:
    """One of them. Whoever asks must lead the threads: a pass brings its fleet up."""
    return CASES[name](name)
