"""A run of the crash matrix: one fleet after the other, one point after the other, a line of JSON for each.

`python -m tests.crash.scenario FOLDER plain|shared COUNT SEED SECONDS`. Ends before its time if the seconds are over.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helium.reconcile.loop import Result
from helium.sandbox import put_object, set_faults
from helium.sandbox.fault_rules import read
from tests.crash.invariants import CrashFindings, ExpectedWorkspace, Shape, judge, shape
from tests.crash.killed_fleet import BETWEEN, KilledFleet, new_fleet, spec
from tests.crash.kills import KillMoment, Watch, lingering, strike
from tests.crash.points import CALLS, OPERATIONS, PROCESS, Course, Point, drawn
from tests.fakes import blob_of

ROOT = Path(__file__).parents[2]
PASSES = 12
PATIENCE = 300.0
OTHER = {"1": "2", "2": "1"}
NEVER = "9999th"
SPARE = 3
"""Drawn points for each that is wanted: a moment that does not come is not counted."""


@dataclass(slots=True)
class Scenario:
    """What is to be there on a fleet, and how one operation after the other is cut short on it."""

    fleet: KilledFleet
    dice: random.Random
    shapes: dict[tuple[str, bool], Shape] = field(default_factory=dict)
    expected: dict[str, ExpectedWorkspace] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    logged: int = 0
    said: list[str] = field(default_factory=list)
    requests: int = 0
    added_at: int = 0

    def furnish(self) -> None:
        """Two workspaces that nobody ever touches; they also show what either version looks like."""
        for version in OTHER:
            self.ask("create", name := self.name(), version=version)
            self.resolve_pending()
            self.shapes[version, False] = shape(self.fleet.things(), name)
            self._note(name)
            self.shapes[version, True] = shape(self.fleet.things(), name)

    def begin(self, operation: str) -> str:
        """Somebody asks for the operation; the name that it is about."""
        if operation == "create":
            name = self.name()
            self.ask(operation, name, version=self.dice.choice(sorted(OTHER)))
            return name
        name = self.spare()
        self.ask(operation, name, version=OTHER[self.expected[name].version])
        return name

    def spare(self) -> str:
        """One of the workspaces that may be touched; it is created if there is none."""
        spare = sorted(self.expected)[2:]
        return self.dice.choice(spare) if spare else self._create()

    def spare_now(self) -> str:
        """One of the workspaces that may be touched, if there is any: no pass is made for it."""
        spare = sorted(self.expected)[2:]
        return self.dice.choice(spare) if spare else ""

    def _create(self) -> str:
        self.ask("create", name := self.name(), version="1")
        self.resolve_pending()
        self._note(name)
        return name

    def name(self) -> str:
        """A name that nobody ever had."""
        self.added_at += 1
        return f"w{self.added_at:04}"

    def number(self) -> int:
        """The number of one more request."""
        self.requests += 1
        return self.requests

    def owner(self, name: str) -> str:
        """Whose its file says that it is: whoever changes it leaves that line as it is."""
        return str(json.loads(self.files[name]).get("owner", "")) if name in self.files else ""

    def ask(self, operation: str, name: str, *, version: str) -> None:
        """Somebody asks for the operation on this name."""
        path = f"workspaces/{name}.yaml"
        if operation in ("again", "destroy"):
            self.fleet.land({path: None})
            del self.expected[name]
        if operation == "destroy":
            self.ended |= {name} & set(self.fleet.records())
            return
        number = self.number()
        # Somebody else's: what its owner puts back before any pass is an edit.
        owner = f"next-{number}@example.com" if operation == "again" else self.owner(name)
        self.files[name] = data = spec(version, number=number, owner=owner)
        self.fleet.land({path: data})
        known = self.expected.get(name, ExpectedWorkspace(version, noted=False, blob=""))
        self.expected[name] = ExpectedWorkspace(version, known.noted, blob_of(data), known.created)

    def _note(self, name: str) -> None:
        """A person puts something into the bucket, which no update may lose."""
        put_object(self.fleet.cloud, f"acme-{name}", key="note")
        workspace = self.expected[name]
        self.expected[name] = ExpectedWorkspace(
            workspace.version, True, workspace.blob, str(self.fleet.records()[name].created_at)
        )

    def resolve_pending(self) -> int:
        """Pass after pass, until one has nothing to do: how many it took. One that met a busy stack waits a moment."""
        for turn in range(1, PASSES + 1):
            result = self.fleet.pass_()
            if isinstance(result, Result) and not result.plan.work:
                return turn
            if isinstance(result, str) or result.failed:
                self.said.append(result if isinstance(result, str) else str(result.failed[0]))
                time.sleep(0.5)
        return PASSES

    def cut(self, point: Point) -> bool:
        """Run a pass for one operation, and kill at the point; whether anything was hit."""
        return self.struck(point, self.begin(point.operation))

    def struck(self, point: Point, name: str) -> bool:
        """Run a pass that works on the name, and kill at the point; whether anything was hit."""
        set_faults(self.fleet.cloud, *([point.fault] if point.fault else []))
        counter = self.fleet.cloud / "counts" / read([point.fault])[0].key if point.fault else None
        watch = Watch(self.fleet, name, counter)
        self.fleet.ahead += BETWEEN
        if point.actor in PROCESS:
            hit = self._in_a_process(point, watch)
        else:
            hit = self._in_a_thread(point, watch)
        hit = hit or (not point.actor and counter is not None and counter.exists())
        set_faults(self.fleet.cloud)
        return hit

    def _in_a_process(self, point: Point, watch: Watch) -> bool:
        with victim(self.fleet) as process:
            hit = _struck(point, watch, root=process.pid, alive=lambda: process.poll() is None)
            process.communicate(timeout=PATIENCE * 2)
        return hit

    def _in_a_thread(self, point: Point, watch: Watch) -> bool:
        thread = threading.Thread(target=self.fleet.pass_)
        thread.start()
        hit = _struck(point, watch, root=os.getpid(), alive=thread.is_alive)
        thread.join()
        return hit

    def alone(self) -> list[str]:
        """What still runs on the fleet after a while, though nobody needs it."""
        end = time.monotonic() + PATIENCE
        while (left := lingering(self.fleet.folder, but=())) and time.monotonic() < end:
            time.sleep(0.1)
        return left

    def tried(self, point: Point) -> Mapping[str, object]:
        """One point from its beginning to the verdict."""
        start = time.monotonic()
        self.said.clear()
        hit = self.cut(point)
        early = [name for name in self.fleet.stacks() if name not in self.fleet.records()]
        if not point.at_once:
            self.alone()
        passes = self.resolve_pending()
        left = self.alone()
        verdict = self.verdict()
        verdict.lost += [f"right after the kill the stack {name} had no record" for name in early]
        verdict.leaked += [f"there is still a process: {command[:120]}" for command in left]
        return {
            "point": str(point),
            "hit": hit,
            "passes": passes,
            "said": self.said[-3:],
            "seconds": round(time.monotonic() - start, 1),
            "unsettled": verdict.unsettled,
            "lost": verdict.lost,
            "wrong": verdict.wrong,
            "leaked": verdict.leaked,
        }

    def verdict(self) -> CrashFindings:
        """Of this moment; afterwards every workspace has a note in its bucket."""
        verdict = judge(self.fleet, self.expected, shapes=self.shapes, ended=self.ended)
        log = self.fleet.log()
        if len(log) < self.logged:
            verdict.lost.append(f"the log had {self.logged} lines, and has {len(log)}")
        self.logged = len(log)
        if not verdict.faults:
            for name in [name for name, workspace in self.expected.items() if not workspace.noted]:
                self._note(name)
        return verdict

    def course(self, operation: str) -> Course:
        """What an undisturbed pass does for one operation."""
        counters = {call: f"slow before {call} {NEVER} 1ms" for call in CALLS}
        watch = Watch(self.fleet, self.begin(operation))
        set_faults(self.fleet.cloud, *counters.values())
        self.fleet.ahead += BETWEEN
        start, first, moments = time.monotonic(), 0.0, []
        with victim(self.fleet) as process:
            for moment in watch.moments(lambda: process.poll() is None):
                first = first or time.monotonic() - start
                moments.append(moment)
            said = process.communicate()[0]
        assert moments, said
        seconds = time.monotonic() - start
        folder = self.fleet.cloud / "counts"
        paths = {call: folder / read([line])[0].key for call, line in counters.items()}
        calls = {call: int(path.read_text()) for call, path in paths.items() if path.exists()}
        self.resolve_pending()
        assert not (faults := self.verdict().faults), faults
        return Course(tuple(moments), calls, max(0.0, first - 0.4), seconds)


def victim(
    fleet: KilledFleet, *, pulumi: Path | None = None, host: str = "", asks: bool = False
) -> subprocess.Popen[str]:
    """A pass in a process of its own, with another Pulumi or under another machine's name if need be.

    `asks`: it has a plan of its own, and asks for its turn where another pass is at work.
    """
    kind = "shared" if fleet.shared else "plain"
    command = (
        sys.executable,
        "-m",
        "tests.crash.victim",
        str(fleet.folder),
        kind,
        str(fleet.ahead.total_seconds()),
        "asks" if asks else "",
    )
    # A file: what outlives a killed pass would hold a pipe open.
    with (fleet.folder / "victim.log").open("w") as words:
        own = {"HELIUM_PULUMI": str(pulumi) if pulumi else "", "HELIUM_HOST": host}
        environ = {**os.environ, **{name: value for name, value in own.items() if value}}
        return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=words, stderr=words, text=True)


def _struck(point: Point, watch: Watch, *, root: int, alive: Callable[[], bool]) -> bool:
    """Wait for the point's time, and strike; false when it never came."""
    if point.moment is None:
        end = time.monotonic() + point.delay
        while alive() and time.monotonic() < end:
            time.sleep(0.002)
        return bool(point.actor and alive() and strike(point.actor, root))
    hit: list[KillMoment] = []
    for moment in watch.moments(alive):
        if moment == point.moment and not hit:
            time.sleep(point.delay)
            hit += [moment] * (strike(point.actor, root) > 0)
    return bool(hit)


def went_wrong(tried: Mapping[str, object]) -> bool:
    """Tell what came of a point. Whether its fleet is not fit for another one."""
    sys.stdout.write(json.dumps(tried) + "\n")
    sys.stdout.flush()
    return any(tried[kind] for kind in ("unsettled", "lost", "wrong", "leaked"))


def run(folder: Path, *, shared: bool, count: int, seed: int, seconds: float) -> None:
    """The run: a new fleet at the start, and after each point that went wrong."""
    end = time.monotonic() + seconds
    courses: dict[str, Course] = {}
    todo: list[Point] | None = None
    number, hits = 0, 0
    while todo is None or (todo and hits < count and time.monotonic() < end):
        number += 1
        with new_fleet(folder / f"fleet-{number}", shared=shared) as fleet:
            scenario = Scenario(fleet, random.Random(seed))
            scenario.furnish()
            if todo is None:
                courses = {operation: scenario.course(operation) for operation in OPERATIONS}
                todo = drawn(courses, count=count * SPARE, seed=seed)
            while todo and hits < count and time.monotonic() < end:
                tried = scenario.tried(todo.pop(0))
                hits += bool(tried["hit"])
                if went_wrong(tried):
                    break


if __name__ == "__main__":
    where, kind, how_many, seeded, limit = sys.argv[1:]
    run(Path(where), shared=kind == "shared", count=int(how_many), seed=int(seeded), seconds=float(limit))
