"""`helium controlplane`: passes and expiry without CI, until a signal ends it in good order.

The engine and its workers stay between passes, and are made anew when the fleet's settings or its own backends change,
after a failure, and before what opens the clusters grows old. Refuses nothing that a pass does not refuse.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

from helium.adapters.backends.find import STACKS
from helium.adapters.git_repo import integrity, open_clone
from helium.adapters.git_repo.read import entries
from helium.app.compose import EngineFactory, pulumi_engine
from helium.app.expire import expire
from helium.app.open_fleet import OpenFleet, open_fleet, root_of
from helium.app.progress_log import ProgressLog
from helium.app.run import clock, run_here
from helium.core.fleet import SETTINGS
from helium.core.plan import Overrides
from helium.core.spec import Entry
from helium.errors import HeliumError, LeaseHeldError
from helium.ports import Ports
from helium.reconcile.loop import Pass, PassOptions
from helium.reconcile.schedule import ScheduleState, Step, after_failure, after_success, next_step
from helium.settings import Settings

LOG = logging.getLogger(__name__)
LOOK = 2.0
"""Seconds between two looks at main."""
_OLD = 600.0
"""Seconds after which access to real clusters is had anew: what opens them lives for an hour at most."""


@dataclass(frozen=True, slots=True)
class ControlledFleet:
    """A fleet that is open, what it was opened with, and since when."""

    fleet: OpenFleet
    ports: Ports
    made_with: tuple[bytes | None, tuple[Entry, ...]]
    since: float

    def fits(self, head: str) -> bool:
        """Whether what it was opened with is still so at a head."""
        old = not self.fleet.fleet.sandbox and monotonic() - self.since > _OLD
        return not old and self.made_with == _made_with(self.fleet, head)


@dataclass(slots=True)
class Control:
    """The loop, one turn at a time."""

    start: Path
    settings: Settings
    interval: timedelta
    engine: EngineFactory = pulumi_engine
    progress_log: ProgressLog = field(default_factory=ProgressLog)
    state: ScheduleState = field(default_factory=ScheduleState)
    _plane: ControlledFleet | None = None
    _held: ExitStack = field(default_factory=ExitStack)

    def turn(self) -> bool:
        """Look, and do what is due; whether there was something. What fails is said, and tried again later."""
        try:
            return self._turned()
        except (HeliumError, OSError) as error:
            self.close()
            self.state = after_failure(self.state, now=clock(), chance=random.random())
            level = logging.INFO if isinstance(error, LeaseHeldError) else logging.WARNING
            LOG.log(level, "%s; trying again at %s", error, f"{self.state.wait_until:%H:%M:%S}")
            return False

    def close(self) -> None:
        """End the workers and the sandbox."""
        self._plane = None
        self._held.close()

    def _turned(self) -> bool:
        now = clock()
        if self.state.wait_until is not None and now < self.state.wait_until:
            return False
        plane = self._looking()
        due = next_step(self.state, head=plane.fleet.repo.head(), now=now, interval=self.interval)
        if due is Step.WAIT:
            return False
        if due is Step.EXPIRE:
            self._expire(plane.fleet)
        head = plane.fleet.repo.head()
        run = run_here(self.settings, every=self.interval)
        result = Pass(plane.ports, run, self.progress_log, clock, self.progress_log.shown).go(PassOptions())
        self.progress_log.ended(result)
        self.state = after_success(self.state, due, head=head, now=now)
        return True

    def _looking(self) -> ControlledFleet:
        """The fleet with main as it is now, opened again where it must be."""
        if self._plane is not None:
            self._plane.fleet.repo.fetch()
            if self._plane.fits(self._plane.fleet.repo.head()):
                return self._plane
            self.close()
        fleet = open_fleet(self.start, self.settings, engine=self.engine)
        ports = self._held.enter_context(fleet.ports())
        self._plane = ControlledFleet(fleet, ports, _made_with(fleet, fleet.repo.head()), monotonic())
        return self._plane

    def _expire(self, fleet: OpenFleet) -> None:
        due, commit = expire(fleet, overrides=Overrides())
        if commit:
            LOG.info("expired %s in %s", ", ".join(due.paths), commit[:10])
        for refusal in due.refusals:
            LOG.warning("nothing expires: %s", refusal.sentence)


def control(start: Path, settings: Settings, *, interval: timedelta, told: Callable[[OpenFleet], None]) -> None:
    """Look every two seconds until a signal; `told` is called with the fleet when it begins. `HeliumError` if not."""
    integrity.check(open_clone(root_of(start), environ=settings.environ, remote=settings.remote, main=settings.main))
    told(open_fleet(start, settings))
    loop = Control(start, settings, interval)
    try:
        while True:
            if not loop.turn():
                sleep(LOOK)
    except KeyboardInterrupt:
        LOG.info("ending: %s", loop.progress_log.summary_line())
    finally:
        loop.close()


def _made_with(fleet: OpenFleet, head: str) -> tuple[bytes | None, tuple[Entry, ...]]:
    return fleet.repo.read(head, SETTINGS), entries(fleet.clone.repository, head, folder=STACKS)
