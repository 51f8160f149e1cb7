"""A pass that is killed in the middle, with everything that it has started, as when a machine loses its power."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

from helium.adapters import processes
from helium.adapters.ledger.live_text import live_of
from helium.conformance.trial_fleet import TrialFleet
from helium.core.live import Doing

_LOOK_EVERY = 0.003
_ACTED = 0.3
"""Seconds that the cloud gets to act on what Pulumi has begun."""


def killed_pass(fleet: TrialFleet, name: str, *, at: str, held_back: bool) -> bool:
    """Kill a pass as soon as Pulumi is at a resource of this type of the workspace; `at` empty: at any.

    `held_back`: the cloud's answer comes late, so it gets time to act first. Whether it was killed: a pass may be over
    before anybody sees that moment.
    """
    process = fleet.start("reconcile", "--json")
    was_seen = False
    try:
        was_killed = _wait_for(fleet, process, name=name, at=at, seconds=_ACTED if held_back else 0.0)
        was_seen = True
    finally:
        if not was_seen:
            # Somebody interrupts the suite: nothing of it stays.
            processes.kill(process.pid)
    fleet.ended(process)
    return was_killed


def _wait_for(fleet: TrialFleet, process: subprocess.Popen[str], *, name: str, at: str, seconds: float) -> bool:
    for doing in _seen(fleet, process, name=name):
        if doing.type and (not at or doing.type == at):
            time.sleep(seconds)
            if process.poll() is None:
                processes.kill(process.pid)
                return True
    return False


def _seen(fleet: TrialFleet, process: subprocess.Popen[str], *, name: str) -> Iterator[Doing]:
    """What Pulumi is at, again and again, until the pass is over."""
    while process.poll() is None:
        with suppress(OSError):
            live = live_of((fleet.own / "live.json").read_bytes())
            yield from (each.doing for each in (live.stacks if live else ()) if each.name == name)
        time.sleep(_LOOK_EVERY)
