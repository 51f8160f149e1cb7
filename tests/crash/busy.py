"""A busy fleet: people push while two passes with rounds are at work on one remote, and anything dies at any instant.

The matrix (tests/crash/scenario.py) kills at one point of one operation of one pass. Here several operations land while
passes run. Two processes pass at once, under one machine's name or two; in half of the times the second one has a plan
of its own, and asks for its turn. Each may be killed, alone or with all that it started, and another takes its place.
Then everything is left alone and judged as a point is. A line of JSON for each:
`python -m tests.crash.busy FOLDER COUNT SEED SECONDS`.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from helium.sandbox import set_faults
from tests.crash.invariants import ENDS
from tests.crash.killed_fleet import BETWEEN, new_fleet
from tests.crash.kills import strike
from tests.crash.points import ACTORS, CALLS, OPERATIONS
from tests.crash.scenario import PATIENCE, Scenario, victim, went_wrong

ASKED, KILLS, PASSES = (2, 5), (1, 3), 5
"""At least and at most so many operations and kills; after so many passes, one begins only to be killed."""
LONGEST = 8.0
"""Seconds within which all that is drawn happens."""
HOSTS = ("", "", "host-2")
"""Names of machines; empty is this one's own. Only its own knows at once that a process has ended."""


@dataclass(frozen=True, slots=True)
class BusyEvent:
    """What happens `at` that second: somebody asks for an operation, or an actor of a pass is killed."""

    at: float
    operation: str = ""
    actor: str = ""
    which: int = 0


@dataclass(frozen=True, slots=True)
class BusyTime:
    """What is drawn for one time: the events in their order, the machines of both passes, and a fault of the cloud."""

    events: tuple[BusyEvent, ...]
    hosts: tuple[str, str]
    asks: bool
    fault: str

    @classmethod
    def drawn(cls, dice: random.Random) -> BusyTime:
        """By a seed."""
        asked = [
            BusyEvent(dice.uniform(0, LONGEST), operation=dice.choice(OPERATIONS)) for _ in range(dice.randint(*ASKED))
        ]
        kills = [
            BusyEvent(dice.uniform(0.3, LONGEST), actor=dice.choice(ACTORS), which=dice.randrange(2))
            for _ in range(dice.randint(*KILLS))
        ]
        # The first is there before the passes: one that finds nothing to do is over in a moment.
        begin = BusyEvent(0.0, operation=dice.choice(OPERATIONS))
        events = tuple(sorted([begin, *asked, *kills], key=lambda event: event.at))
        answer, when = dice.choice(("slow", "slow", "die", "fail")), dice.choice(("before", "after"))
        seconds = f" {dice.choice((1, 3, 6))}s" if answer == "slow" else ""
        fault = f"{answer} {when} {dice.choice(CALLS)} {dice.choice(('1st', '2nd', '3rd'))}{seconds}"
        return cls(events, (dice.choice(HOSTS), dice.choice(HOSTS)), dice.random() < 0.5, fault)

    def __str__(self) -> str:
        what = ", ".join(f"{event.operation or f'kill {event.actor}'} {event.at:.1f}" for event in self.events)
        asks = ", the second asks for its turn" if self.asks else ""
        return f"busy: {what} [{self.fault}]{asks}"


@dataclass(slots=True)
class CrowdedFleet:
    """One fleet while it is busy. `existed`: each incarnation that was there and was given up, by name."""

    scenario: Scenario
    existed: set[tuple[str, datetime]] = field(default_factory=set)
    begun: int = 0
    hits: int = 0

    def tried(self, drawn: BusyTime) -> Mapping[str, object]:
        """One busy time from its beginning to the verdict."""
        start, scenario = time.monotonic(), self.scenario
        scenario.said.clear()
        self.begun = self.hits = 0
        self._lives(drawn)
        set_faults(scenario.fleet.cloud)
        early = [name for name in scenario.fleet.stacks() if name not in scenario.fleet.records()]
        scenario.alone()
        passes = scenario.resolve_pending()
        left, verdict = scenario.alone(), scenario.verdict()
        verdict.lost += [f"right afterwards the stack {name} had no record" for name in early]
        verdict.lost += self._told()
        extra = set(scenario.fleet.records()) - set(scenario.expected)
        verdict.unsettled += [f"{name} has no file, and has a record still" for name in sorted(extra)]
        verdict.leaked += [f"there is still a process: {command[:120]}" for command in left]
        return {
            "point": str(drawn),
            "hit": self.hits > 0,
            "passes": passes,
            "said": scenario.said[-3:],
            "seconds": round(time.monotonic() - start, 1),
            "unsettled": verdict.unsettled,
            "lost": verdict.lost,
            "wrong": verdict.wrong,
            "leaked": verdict.leaked,
        }

    def _lives(self, drawn: BusyTime) -> None:
        fleet, events = self.scenario.fleet, list(drawn.events)
        fleet.ahead += BETWEEN
        set_faults(fleet.cloud, drawn.fault)
        self._asks(events.pop(0).operation)
        running: list[subprocess.Popen[str] | None] = [self._pass(drawn, 0), self._pass(drawn, 1)]
        begin = time.monotonic()
        while events:
            time.sleep(max(0.0, begin + events[0].at - time.monotonic()))
            event = events.pop(0)
            if event.operation:
                self._asks(event.operation)
            else:
                self.hits += self._kills(event, drawn, running)
            for which, process in enumerate(running):
                if (process is None or process.poll() is not None) and self.begun < PASSES:
                    running[which] = self._pass(drawn, which)
        for process in running:
            if process is not None:
                process.wait(PATIENCE * 2)

    def _kills(self, event: BusyEvent, drawn: BusyTime, running: list[subprocess.Popen[str] | None]) -> bool:
        """Kill whom the event names, of the other pass if need be; the pass itself where it has no such process."""
        if all(process is None or process.poll() is not None for process in running):
            # A quick machine has done all by now, and a kill that strikes nobody shows nothing.
            self._asks("create")
            running[event.which] = self._pass(drawn, event.which)
        order = (running[event.which], running[1 - event.which])
        alive = [process.pid for process in order if process is not None and process.poll() is None]
        return any(strike(actor, pid) for actor in (event.actor, "pass") for pid in alive)

    def _pass(self, drawn: BusyTime, which: int) -> subprocess.Popen[str]:
        self.begun += 1
        return victim(self.scenario.fleet, host=drawn.hosts[which], asks=drawn.asks and which == 1)

    def _asks(self, operation: str) -> None:
        """Somebody asks. What existed and is given up must have one line of its end."""
        scenario = self.scenario
        if operation == "create":
            scenario.begin("create")
            return
        before, name = scenario.fleet.records(), scenario.spare_now()
        if not name:
            scenario.begin("create")
            return
        scenario.ask(operation, name, version={"1": "2", "2": "1"}[scenario.expected[name].version])
        record = before.get(name)
        if operation in ("again", "destroy") and record is not None:
            if record.spec_blob is not None:
                self.existed.add((name, record.added_at))
            else:
                # What was never made may go without a line.
                scenario.ended.discard(name)

    def _told(self) -> list[str]:
        lines = [line for line in self.scenario.fleet.log() if line.code in ENDS]
        told = Counter(
            (line.name, line.added_at) for line in lines if line.sentence.startswith(("destroy: destroyed", "gone:"))
        )
        twice = [f"the log tells {number} times of the end of {each[0]}" for each, number in told.items() if number > 1]
        never = [f"the log does not tell of the end of {each[0]}" for each in self.existed if not told[each]]
        return sorted([*twice, *never])


def run(folder: Path, *, count: int, seed: int, seconds: float) -> None:
    """The run: a new fleet at the start, and after each time that went wrong."""
    end, dice, number, hits = time.monotonic() + seconds, random.Random(seed), 0, 0
    while hits < count and time.monotonic() < end:
        number += 1
        with new_fleet(folder / f"fleet-{number}", shared=True) as fleet:
            busy = CrowdedFleet(Scenario(fleet, dice))
            busy.scenario.furnish()
            while hits < count and time.monotonic() < end:
                tried = busy.tried(BusyTime.drawn(dice))
                hits += bool(tried["hit"])
                if went_wrong(tried):
                    break


if __name__ == "__main__":
    where, how_many, seeded, limit = sys.argv[1:]
    run(Path(where), count=int(how_many), seed=int(seeded), seconds=float(limit))
