"""The matrix: which operation is cut short, where in it, and who is killed there. Chosen by the program.

A reference run of each operation says what happens in it: how often the state is written, the lock taken, the ledger
pushed, the provider called, and how long it takes. Every one of these moments, with every actor, is a point; a seed
draws as many as are wanted, and instants in between.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.crash.kills import KillMoment

OPERATIONS = ("create", "update", "again", "destroy")
"""`again`: the file is taken away and another comes before any pass: destroyed, and created again, in one pass."""
ACTORS = ("pass", "all", "worker", "pulumi", "provider")
PROCESS = frozenset(("pass", "all"))
"""What is killed of these is the pass's own process; the others are killed under one that lives on."""
WARM = 0.5
"""How much of that time a pass takes whose workers have imported everything already."""
CALLS = ("create", "update", "delete", "read")
ANSWERS = ("die before", "die after", "fail before", "fail after")
HELD = ("pass", "all", "worker", "pulumi")


@dataclass(frozen=True, slots=True)
class Point:
    """One way to cut one operation short.

    `fault`: a line for the sandbox. `moment` and `delay` (seconds): when `actor` is killed; without a moment, so long
    after the start; without an actor the fault alone does the harm. `at_once`: the next pass does not wait for what
    the killed one left behind to end.
    """

    operation: str
    actor: str = ""
    moment: KillMoment | None = None
    delay: float = 0.0
    fault: str = ""
    at_once: bool = False

    def __str__(self) -> str:
        when = f" at {self.moment}" if self.moment else ""
        later = f" +{self.delay * 1000:.0f} ms" if self.delay else ""
        fault = f" [{self.fault}]" if self.fault else ""
        return f"{self.operation}: {f'kill {self.actor}' if self.actor else 'fault'}{when}{later}{fault}"


@dataclass(frozen=True, slots=True)
class Course:
    """What one operation did when nobody interfered. `lead`: seconds until its process had begun to do anything."""

    moments: tuple[KillMoment, ...]
    calls: Mapping[str, int]
    lead: float
    seconds: float


def points(courses: Mapping[str, Course]) -> list[Point]:
    """The whole matrix but for the instants in between: every moment by every actor, every call in every way."""
    return [
        point
        for operation, course in sorted(courses.items())
        for point in (*_by_moment(operation, course), *_by_call(operation, course))
    ]


def _by_moment(operation: str, course: Course) -> Iterator[Point]:
    for moment in course.moments:
        for actor in ACTORS:
            yield Point(operation, actor, moment)


def _by_call(operation: str, course: Course) -> Iterator[Point]:
    for call, count in sorted(course.calls.items()):
        for number in range(1, count + 1):
            where = f"{call} {_ordinal(number)}"
            for answer in ANSWERS:
                yield Point(operation, fault=f"{answer} {where}")
            for actor in HELD:
                for when in ("before", "after"):
                    yield Point(operation, actor, KillMoment("call", number), 0.15, f"slow {when} {where} 20s")


def _ordinal(number: int) -> str:
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'} if number not in (11, 12, 13) else {}).get(number % 10, 'th')}"


def drawn(courses: Mapping[str, Course], *, count: int, seed: int) -> list[Point]:
    """So many points: of the matrix in an order of the seed's, a third of them moments, a third calls, and instants."""
    dice = random.Random(seed)
    matrix = points(courses)
    by_moment = _shuffled([point for point in matrix if not point.fault], dice)
    by_call = _shuffled([point for point in matrix if point.fault], dice)
    instants = [_instant(courses, dice) for _ in range(count)]
    mixed = [point for trio in zip_longest(by_call, by_moment, instants) for point in trio][:count]
    return [_shaken(point, dice) for point in mixed]


def zip_longest(*columns: Sequence[Point]) -> Iterator[list[Point]]:
    """Row by row, with what is there."""
    for row in range(max(len(column) for column in columns)):
        yield [column[row] for column in columns if row < len(column)]


def _shuffled(some: list[Point], dice: random.Random) -> list[Point]:
    """In a random order, with the operations taking turns."""
    dice.shuffle(some)
    by_operation = [[point for point in some if point.operation == operation] for operation in OPERATIONS]
    return [point for row in zip_longest(*by_operation) for point in row]


def _instant(courses: Mapping[str, Course], dice: random.Random) -> Point:
    operation = dice.choice(OPERATIONS)
    course, actor = courses[operation], dice.choice(ACTORS)
    lead, shard = (course.lead, 1.0) if actor in PROCESS else (0.0, WARM)
    return Point(operation, actor, delay=round(lead + dice.uniform(0, shard * (course.seconds - course.lead)), 3))


def _shaken(point: Point, dice: random.Random) -> Point:
    """The same point a little later, or not, and with a next pass that waits or does not."""
    late = dice.choice((0.0, 0.0, dice.uniform(0, 0.2))) if point.moment and not point.fault else point.delay
    return Point(point.operation, point.actor, point.moment, round(late, 3), point.fault, dice.random() < 0.5)
