"""`helium controlplane`: passes and expiry without CI, until a signal ends it in good order.

The engine and its workers are kept between passes. They are replaced when the fleet's settings or its own backends
change, after a failure, and before the access to the clusters expires. It refuses only what a pass refuses.
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
from helium.adapters.git_repo import integrity
from helium.adapters.git_repo.read import entries
from helium.app import compose
from helium.app.compose import EngineFactory
from helium.app.expire import expire
from helium.app.fleet_folder import root_of
from helium.app.host_reporter import telling
from helium.app.host_turns import HostTurns
from helium.app.notify_process import StandingNotifier
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.app.order_repairs import repairs_of
from helium.app.pass_status import tell_of_pass
from helium.app.progress_log import ProgressLog
from helium.app.run import clock, run_here
from helium.core.fleet import SETTINGS
from helium.core.plan import Overrides
from helium.core.spec import Entry
from helium.errors import HeliumError, LeaseTakenError
from helium.extras import require
from helium.ports import Ports
from helium.reconcile.loop import Pass, PassOptions
from helium.reconcile.schedule import ScheduleState, Step, after_failure, after_success, next_step
from helium.settings import Settings

LOG = logging.getLogger(__name__)
LOOK_EVERY = 2.0
"""Seconds between two looks at main."""
_REOPEN_AFTER = 600.0
"""Seconds after which the access to real clusters is fetched again: it is valid for an hour at most."""


@dataclass(frozen=True, slots=True)
class ControlledFleet:
    """A fleet that is open: what it was opened with, and when (`since`, monotonic seconds)."""

    fleet: OpenFleet
    ports: Ports
    opened_with: tuple[bytes | None, tuple[Entry, ...]]
    since: float

    def fits(self, head: str) -> bool:
        """Whether settings and own backends at that head are those that it was opened with."""
        old = not self.fleet.fleet.sandbox and monotonic() - self.since > _REOPEN_AFTER
        return not old and self.opened_with == _opens_with(self.fleet, head)


@dataclass(slots=True)
class Control:
    """The loop, one turn at a time. What fails is logged, and tried again later.

    `orders_every`: seconds between two looks at the ledger, in case somebody ordered something.
    """

    start: Path
    settings: Settings
    interval: timedelta
    engine: EngineFactory = compose.pulumi_engine
    progress_log: ProgressLog = field(default_factory=ProgressLog)
    state: ScheduleState = field(default_factory=ScheduleState)
    orders_every: float = 10.0
    host_turns: HostTurns = field(default_factory=HostTurns)
    notifier: StandingNotifier = field(default_factory=StandingNotifier)
    _open: ControlledFleet | None = None
    _opened: ExitStack = field(default_factory=ExitStack)
    _ordered: int = 0
    _ask_at: float = 0.0

    def turn(self) -> bool:
        """Look at main, and do what is due; whether something was."""
        try:
            done = self._do_what_is_due()
            if not done and self._open is not None:
                self.notifier.go(self._open.fleet, seen=self._seen())
                # What is due comes first. What this merges, the next turn sees.
                self.host_turns.go(self._open.fleet)
            return done
        except (HeliumError, OSError) as error:
            # The engine may be what failed, so the next turn begins with a new one.
            self.close()
            self.state = after_failure(self.state, now=clock(), chance=random.random())
            level = logging.INFO if isinstance(error, LeaseTakenError) else logging.WARNING
            LOG.log(level, "%s; trying again at %s", error, f"{self.state.wait_until:%H:%M:%S}")
            return False

    def close(self) -> None:
        """End the workers and the sandbox."""
        self._open = None
        self._opened.close()

    def _do_what_is_due(self) -> bool:
        now = clock()
        if self.state.wait_until is not None and now < self.state.wait_until:
            return False
        opened = self._reopened()
        due = next_step(self.state, head=self._called(opened.fleet), now=now, interval=self.interval)
        if due is Step.WAIT:
            return False
        if due is Step.EXPIRE:
            self._expire(opened.fleet)
        # Read again, since expiring has moved main.
        head = self._called(opened.fleet)
        run = run_here(self.settings, every=self.interval)
        options = PassOptions(take_until=min(self.interval, timedelta(seconds=_REOPEN_AFTER)))
        with (
            self.notifier.beside(opened.fleet, self.progress_log) as told,
            telling(opened.fleet, told, ports=opened.ports) as progress,
        ):
            repairs = repairs_of(opened.fleet)
            result = Pass(opened.ports, run, progress, clock, self.progress_log.shown, repairs=repairs).go(options)
        tell_of_pass(opened.fleet, result, options=options, note=self.progress_log.note)
        self.progress_log.ended(result)
        self.state = after_success(self.state, due, head=head, now=now)
        return True

    def _called(self, fleet: OpenFleet) -> str:
        """What calls for a pass when it moves: main, and how many orders were ever given."""
        if monotonic() >= self._ask_at:
            known = fleet.ledger.fleet_record()
            self._ordered, self._ask_at = known.ordered if known else 0, monotonic() + self.orders_every
        return f"{fleet.repo.head()} {self._ordered}"

    def _seen(self) -> str:
        """What people are told of moves with these two."""
        opened = self._open
        return f"{opened.fleet.repo.head()} {opened.fleet.ledger.known_tip()}" if opened else ""

    def _reopened(self) -> ControlledFleet:
        """The fleet with main as it is now, opened again if what it was opened with has changed."""
        if self._open is not None:
            self._open.fleet.repo.fetch()
            if self._open.fits(self._open.fleet.repo.head()):
                return self._open
            self.close()
        fleet = open_fleet(self.start, self.settings, engine=self.engine)
        ports = self._opened.enter_context(fleet.ports())
        self._open = ControlledFleet(fleet, ports, _opens_with(fleet, fleet.repo.head()), monotonic())
        return self._open

    def _expire(self, fleet: OpenFleet) -> None:
        due, commit = expire(fleet, overrides=Overrides())
        if commit:
            LOG.info("expired %s in %s", ", ".join(due.paths), commit.words)
        for refusal in due.refusals:
            LOG.warning("nothing was expired: %s", refusal.sentence)


def control(
    start: Path,
    settings: Settings,
    *,
    interval: timedelta,
    on_open: Callable[[OpenFleet], None],
    engine: EngineFactory = compose.pulumi_engine,
) -> None:
    """Look every two seconds until a signal; `on_open` gets the fleet first. `HeliumError` if it cannot begin."""
    require("engine")
    integrity.check(compose.clone_in(root_of(start), settings))
    on_open(open_fleet(start, settings, engine=engine))
    loop = Control(start, settings, interval, engine)
    try:
        while True:
            if not loop.turn():
                sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        LOG.info("ending: %s", loop.progress_log.summary_line())
    finally:
        loop.close()


def _opens_with(fleet: OpenFleet, head: str) -> tuple[bytes | None, tuple[Entry, ...]]:
    return fleet.repo.read(head, SETTINGS), entries(fleet.clone.repository, head, folder=STACKS)
