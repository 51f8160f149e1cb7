"""A random walk on the real engine, the real ledger and the real sandbox: edits, passes, kills, expiries, pauses, time.

`python -m tests.crash.walk FOLDER STEPS SEED`; `make crash ARGS="--walk STEPS --seed SEED"` calls it. A seed repeats a
walk, but for the instants of its kills. Every 25 steps the fleet is left alone, judged, and another one begun.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from helium.core.fleet_record import Pause
from helium.core.plan import Overrides
from helium.ports.ledger import Writes
from helium.reconcile.expired_files import expired
from helium.reconcile.load import Selection, without_state
from tests.crash.invariants import shape
from tests.crash.killed_fleet import KilledFleet, new_fleet, spec
from tests.crash.kills import asleep
from tests.crash.points import ACTORS, OPERATIONS, Point
from tests.crash.scenario import OTHER, PATIENCE, Scenario, victim

EACH = 25
"""Steps on one fleet."""
TAKEN_BACK = (("update", False), ("destroy", False), ("again", False), ("update", True), ("destroy", True))
"""What is requested in a pause, and whether it is taken back; a file between two equal ones is another incarnation."""


@dataclass(slots=True)
class Walk:
    """One fleet, walked over. `short`: what was asked for for a while, by name, and until when."""

    scenario: Scenario
    dice: random.Random
    done: Counter[str]
    short: dict[str, datetime] = field(default_factory=dict)

    @property
    def fleet(self) -> KilledFleet:
        """Where it is."""
        return self.scenario.fleet

    def somebody_asks(self) -> str:
        """A file lands, changes, goes, or goes and comes back as another."""
        operation = self.dice.choice(OPERATIONS)
        return f"{operation} {self.scenario.begin(operation)}"

    def a_pass(self) -> str:
        """A pass that nobody disturbs."""
        self.done["passes"] += 1
        result = self.fleet.pass_()
        shown = result if isinstance(result, str) else [f"{each.name} {each.sentence}" for each in result.outcomes]
        return f"a pass: {shown}"

    def a_kill(self) -> str:
        """Somebody asks, and the pass that carries it out is killed, or loses one of its own."""
        operation, actor = self.dice.choice(OPERATIONS), self.dice.choice(ACTORS)
        point = Point(operation, actor, delay=round(self.dice.uniform(0.1, 4), 2))
        hit = self.scenario.cut(point)
        self.done["kills"] += hit
        return f"{point} ({'hit' if hit else 'missed'})"

    def a_sleep(self) -> str:
        """A pass falls asleep at its work until its lease is past, and others come by; then it wakes."""
        operation = self.dice.choice(OPERATIONS)
        name, delay = self.scenario.begin(operation), round(self.dice.uniform(0.5, 4), 2)
        process = victim(self.fleet)
        with suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        if process.poll() is None:
            with asleep(process, "pass"):
                self.fleet.ahead += timedelta(minutes=11)
                _ = [self.fleet.pass_() for _ in range(3)]
            self.done["sleeps"] += 1
        process.wait(PATIENCE * 2)
        return f"{operation} {name}: asleep after {delay} s"

    def somebody_asks_for_a_while(self) -> str:
        """A workspace that lives for some hours."""
        name, deadline = self.scenario.name(), self.fleet.clock() + timedelta(hours=self.dice.choice((1, 3)))
        data = spec("1", number=self.scenario.number(), expiry=f"{deadline:%Y-%m-%dT%H:%M:%SZ}")
        self.fleet.land({f"workspaces/{name}.yaml": data})
        self.short[name] = deadline
        return f"create {name} until {deadline:%H:%M:%S}"

    def time_goes_by(self) -> str:
        """Only what was asked for for a while expires by it: every other file has weeks to go."""
        hours = self.dice.choice((1, 4, 30))
        self.hours_go_by(hours)
        return f"{hours} h go by"

    def hours_go_by(self, hours: int) -> None:
        """With a pass now and then, as a scheduled job makes them: after a day of rest the clock would be in doubt."""
        while hours > 0:
            self.fleet.ahead += timedelta(hours=min(hours, 12))
            hours -= 12
            self.fleet.pass_()

    def the_clock_is_set_back(self) -> str:
        """Passes go on by a clock that is behind what they wrote down."""
        self.done["clock jumps"] += 1
        self.fleet.ahead -= timedelta(hours=2)
        return "the clock is set back by 2 h"

    def the_job_that_expires(self) -> str:
        """It takes away the files of what is over, and no others."""
        opened, now = self.fleet.opened, self.fleet.clock()
        assert opened is not None
        gone = set(expired(without_state(opened, Selection(), now=now).observed, now, overrides=Overrides()).paths)
        assert [name for name in gone if name not in self.short or self.short[name] > now] == []
        self.over(gone)
        self.done["expiries"] += len(gone)
        return f"expired: {sorted(gone)}"

    def over(self, names: set[str]) -> None:
        """Their files go."""
        if names:
            self.fleet.land({f"workspaces/{name}.yaml": None for name in names})
        self.scenario.ended |= names & set(self.fleet.records())
        self.short = {name: deadline for name, deadline in self.short.items() if name not in names}

    def a_pause(self) -> str:
        """While the fleet is paused a pass does nothing; what is taken back before it ends was never asked for."""
        operation, back = self.dice.choice(TAKEN_BACK)
        scenario, name = self.scenario, self.scenario.spare()
        scenario.alone()
        workspace, file, over = scenario.expected[name], scenario.files[name], set(scenario.ended)
        self._paused("an incident")
        before = self.fleet.things(), self.fleet.stacks()
        scenario.ask(operation, name, version=OTHER[workspace.version])
        self.fleet.pass_()
        assert before == (self.fleet.things(), self.fleet.stacks())
        if back:
            self.fleet.land({f"workspaces/{name}.yaml": file})
            scenario.expected[name], scenario.files[name], scenario.ended = workspace, file, over
        self._paused("")
        self.done += Counter({"pauses": 1, "reverts": int(back)})
        return f"paused: {operation} {name}{', taken back' if back else ''}"

    def _paused(self, why: str) -> None:
        assert self.fleet.opened is not None
        ledger = self.fleet.opened.ledger
        seen = ledger.read()
        assert seen.fleet_record is not None
        pause = Pause("ann@example.com", why, self.fleet.clock()) if why else None
        ledger.write(Writes(fleet_record=replace(seen.fleet_record, pause=pause)), on=seen)

    def nothing_is_lost(self) -> None:
        """Every stack has a record, and every note that a person left where nothing was given up lies there still."""
        expected, things = self.scenario.expected, self.fleet.things()
        assert self.fleet.stacks() <= set(self.fleet.records())
        for name in sorted(expected)[:2]:
            assert self.scenario.shapes[expected[name].version, expected[name].noted] == shape(things, name)
        held = {str(each.identity) for each in things if "bucketObject" in each.token}
        noted = [f"acme-{name}" for name, workspace in expected.items() if workspace.noted]
        assert [bucket for bucket in noted if not any(bucket in each for each in held)] == []

    def ends(self) -> None:
        """All that was asked for for a while is over; left alone, everything is as the files say."""
        self.hours_go_by(30)
        self.the_job_that_expires()
        self.over(set(self.short))
        self.scenario.resolve_pending()
        left, faults = self.scenario.alone(), self.scenario.verdict().faults
        assert ([], []) == (faults, left), f"{faults} {left} {self.scenario.said}"


VERBS: tuple[Callable[[Walk], str], ...] = (
    Walk.somebody_asks,
    Walk.a_pass,
    Walk.a_kill,
    Walk.a_kill,
    Walk.a_sleep,
    Walk.somebody_asks_for_a_while,
    Walk.time_goes_by,
    Walk.the_clock_is_set_back,
    Walk.the_job_that_expires,
    Walk.a_pause,
)
"""What happens, as often as it stands here in each turn; in what order is drawn."""


def walked(folder: Path, *, steps: int, seed: int, tell: Callable[[str], object] = lambda _: None) -> str:
    """Walk so many steps, as the seed leads; what was done on the way. `tell` gets each step as it is over."""
    dice, done = random.Random(seed), Counter[str]()
    while done["steps"] < steps:
        shared, until = dice.random() < 0.5, min(steps, done["steps"] + EACH)
        with new_fleet(folder / f"fleet-{done['steps']}", shared=shared) as fleet:
            walk = Walk(Scenario(fleet, dice), dice, done)
            walk.scenario.furnish()
            while done["steps"] < until:
                for verb in dice.sample(VERBS, k=min(len(VERBS), until - done["steps"])):
                    done["steps"] += 1
                    tell(f"{done['steps']:4}  {verb(walk)}")
                    walk.nothing_is_lost()
            walk.ends()
    return ", ".join(f"{number} {what}" for what, number in sorted(done.items()))


if __name__ == "__main__":
    where, how_many, seeded = sys.argv[1:]
    said = walked(Path(where), steps=int(how_many), seed=int(seeded), tell=lambda line: sys.stderr.write(f"{line}\n"))
    sys.stdout.write(f"{said}\n")
