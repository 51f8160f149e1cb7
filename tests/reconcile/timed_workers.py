"""Workers whose clock goes on only while a pass waits, and a world in which things happen at set seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from helium.core.fleet_record import Waiting
from helium.core.removal_requests import RemovalRequest
from helium.core.stack import StackId
from helium.core.workspace import Workspace
from helium.ports.engine import NEW_STACK, Built, UpOptions
from helium.ports.ledger import Writes
from helium.reconcile.loop import PassOptions, Result
from helium.reconcile.workers import ThreadWorkers
from tests.fakes import FakeEngine
from tests.reconcile.harness import Stage

NOTICES = 0.005
"""Real seconds in which a call that does not hang has ended."""


MOST = 200
"""Calls of one pass."""


class SlowEngine(FakeEngine):
    """Hangs in the `up` of some names until they are let go. `overlaps`: names that two calls were at, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.hanging: dict[str, threading.Event] = {}
        self.at: set[str] = set()
        self.overlaps: list[str] = []

    def up(self, workspace: Workspace, options: UpOptions = NEW_STACK) -> Built:
        """When it is let go."""
        self.overlaps += [workspace.name] if workspace.name in self.at else []
        self.at.add(workspace.name)
        try:
            if hangs := self.hanging.get(workspace.name):
                self.calls.append(("hangs", workspace.name))
                assert hangs.wait(20)
            return super().up(workspace, options)
        finally:
            self.at.discard(workspace.name)

    def remove(self, stack: StackId) -> None:
        """Never while an `up` is at it."""
        self.overlaps += [stack.name] if stack.name in self.at else []
        super().remove(stack)


class TimedWorkers(ThreadWorkers):
    """Threads, whose pass waits in seconds of its own. `events`: what happens when, in seconds since the start."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.seconds = 0.0
        self.events: list[tuple[float, Callable[[], None]]] = []
        self.begun = 0

    def start(self, call: Callable[[], None]) -> None:
        """A hot loop fails here, instead of going on for ever."""
        self.begun += 1
        assert self.begun <= MOST, "more calls than any of these fleets needs: a hot loop"
        super().start(call)

    def now(self) -> float:
        """Seconds since the start."""
        return self.seconds

    def pause(self, seconds: float) -> None:
        """The time goes on while the pass waits."""
        until = self.seconds + seconds
        while self.seconds < until:
            time.sleep(NOTICES / 5)

    def wait(self, seconds: float) -> None:
        """What ends at once has ended; otherwise the time goes on, and things happen."""
        running = len(self._running)
        super().wait(min(seconds, NOTICES))
        if seconds == 0 or len(self._running) < running:
            return
        self.seconds += seconds
        self.stage.now += timedelta(seconds=seconds)
        due = [event for event in self.events if event[0] <= self.seconds]
        self.events = [event for event in self.events if event not in due]
        for _, act in due:
            act()


class TimedStage(Stage):
    """A fleet whose passes have rounds, and things that happen meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.engine: SlowEngine = SlowEngine()
        self.workers = TimedWorkers(self)

    def hang(self, *names: str, until: float) -> None:
        """The `up` of these names takes until that second."""
        for name in names:
            event = self.engine.hanging[name] = threading.Event()
            self.at(until, event.set)

    def at(self, second: float, act: Callable[[], object]) -> None:
        """Let something happen at that second."""
        self.workers.events.append((second, lambda: (act(), None)[1]))

    def request(self, name: str) -> None:
        """Somebody deletes it at the door: the ledger knows the request before main has the commit."""
        snapshot = self.ledger.read()
        assert snapshot.fleet_record is not None
        requests = (RemovalRequest("r-1", (name,), self.now),)
        asked = Writes(fleet_record=replace(snapshot.fleet_record, requests=requests))
        self.ledger.write(asked, on=snapshot)
        self.repo.land({f"workspaces/{name}.yaml": None}, time=self.now, trailers={"Helium-Request": "r-1"})

    def wait_for_turn(self) -> None:
        """Another pass asks the holder of the lease for its turn."""
        snapshot = self.ledger.read()
        assert snapshot.fleet_record is not None
        waiting = Waiting("run-x", self.now + timedelta(minutes=2))
        self.ledger.snapshot = replace(snapshot, fleet_record=replace(snapshot.fleet_record, waiting=waiting))

    def begun(self, name: str) -> list[float]:
        """At which seconds the engine began on a name."""
        return [second for second, line in self.timed if line.startswith("started") and line.endswith(f" {name}")]

    @property
    def timed(self) -> list[tuple[float, str]]:
        """What was told, and when."""
        return self.told

    def rounds(self, options: PassOptions | None = None) -> Result:
        """One pass with rounds, four stacks at once."""
        self.told: list[tuple[float, str]] = []
        lines = self.progress.lines = _Timed(self)
        assert lines is not None
        given = replace(self.pass_(), workers=self.workers)
        return given.go(options or PassOptions(parallel=4))


class _Timed(list[str]):
    """Lines, each with the second in which it was told."""

    def __init__(self, world: TimedStage) -> None:
        super().__init__()
        self.world = world

    def append(self, line: str) -> None:
        """Keep it, with its second."""
        self.world.told.append((self.world.workers.seconds, line))
        super().append(line)
