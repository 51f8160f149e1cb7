"""The fleets that are walked, and who is at work on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from helium.reconcile.load import Selection
from helium.reconcile.loop import PassOptions
from tests.explorer.calls import spec_text
from tests.explorer.events import LONG, adds, edits, extends, pauses, removes, reverts
from tests.explorer.passes import PassInWorld, known_line
from tests.explorer.successors import WalkedCase, passes_alone
from tests.explorer.unfolding import Unfolding
from tests.explorer.values import LedgerInWorld, StateInWorld, WorldValue
from tests.fakes import FakeRepo
from tests.reconcile.harness import START

SETTINGS = (
    b"fleet: acme\nsandbox: [gcp, kubernetes]\nbackends: {gcp-namespace: {}}\nlimits: {timeout: 10m, parallel: 2}\n"
)
PAST_LEASE = timedelta(minutes=16)
MOMENT = timedelta(seconds=11)
PASS = PassOptions(parallel=2)
LOOK = PassOptions(Selection(names=frozenset({"nobody"})), parallel=1)


def fleet(*names: str, until: timedelta = LONG) -> WorldValue:
    """A fleet that a pass has brought up, an hour ago, with one workspace that nobody ever touches."""
    repo = FakeRepo(start=START - timedelta(days=1))
    files = {
        f"workspaces/{name}.yaml": spec_text(
            life=number, version=1, until=START + (LONG if name == "anchor" else until)
        )
        for number, name in enumerate((*names, "anchor"), 1)
    }
    repo.land({"helium.yaml": SETTINGS, "workspaces/.gitkeep": b"", **files})
    known_line(tuple(repo.line))
    world = WorldValue(tuple(repo.line), LedgerInWorld(), StateInWorld(), START - timedelta(hours=1))
    unfolding = Unfolding()
    number, node = passes_alone(
        unfolding, PassInWorld("before", PassOptions(parallel=1)), unfolding.worlds.number(world)
    )
    assert node.error is None, node.error
    return replace(unfolding.worlds.all[number], now=START)


def passes(*options: PassOptions) -> tuple[PassInWorld, ...]:
    """Passes with these options, each on a machine of its own."""
    return tuple(
        PassInWorld(f"pass-{number}" if each is PASS else "looker", each) for number, each in enumerate(options, 1)
    )


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


CASES: Mapping[str, Callable[[str], WalkedCase]] = {
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
"""All of them. A fleet is made only where it is walked."""


def case_of(name: str) -> WalkedCase:
    """One of them. Whoever asks must lead the threads: a pass brings its fleet up."""
    return CASES[name](name)
