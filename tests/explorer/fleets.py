"""Fleets to walk on, and passes that take part."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from helium.reconcile.load import Selection
from helium.reconcile.loop import PassOptions
from tests.explorer.events import LONG
from tests.explorer.lives import spec_text
from tests.explorer.passes import PassInWorld, known_line
from tests.explorer.successors import passes_alone
from tests.explorer.unfolding import Unfolding
from tests.explorer.values import LedgerInWorld, StateInWorld, WorldValue
from tests.fakes import FakeRepo
from tests.reconcile.harness import START

SETTINGS = """fleet: acme
sandbox: [gcp, kubernetes]
backends: {gcp-namespace: {}}
limits: {timeout: 10m, parallel: 2LIMITS}
admins: [ada@example.com]
"""
PAST_LEASE = timedelta(minutes=16)
MOMENT = timedelta(seconds=11)
PASS = PassOptions(parallel=2)
LOOK = PassOptions(Selection(names=frozenset({"nobody"})), parallel=1)


def fleet(*names: str, until: timedelta = LONG, limits: str = "") -> WorldValue:
    """A fleet that a pass has brought up, an hour ago, with one workspace that nobody ever touches."""
    repo = FakeRepo(start=START - timedelta(days=1))
    files = {
        f"workspaces/{name}.yaml": spec_text(
            life=number, version=1, until=START + (LONG if name == "anchor" else until)
        )
        for number, name in enumerate((*names, "anchor"), 1)
    }
    settings = SETTINGS.replace("LIMITS", f", {limits}" if limits else "").encode()
    repo.land({"helium.yaml": settings, "workspaces/.gitkeep": b"", **files})
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
        PassInWorld("looker" if each is LOOK else f"pass-{number}", each) for number, each in enumerate(options, 1)
    )
