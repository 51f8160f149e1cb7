"""Walks through every order of what passes, people, clocks and deaths do: the fewest disturbances first.

A state is a world and where each pass stands in it. To go on with whoever ran last costs nothing. To let another go on
while that one could is a disturbance, and so is each event. Whatever has fewer is walked first, so an accident that is
found has as few turns as can be. A state that was seen before is not walked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.explorer.judge import AccidentError
from tests.explorer.successors import NOBODY, SearchState, Successors
from tests.explorer.walked_case import WalkedCase

LOWEST = 16
"""More than how many passes may have fallen asleep last."""

Way = tuple[Any, int] | None
"""How a state was reached: the way to the one before it, and which of the successors came then."""


@dataclass(frozen=True, slots=True)
class FoundAccident:
    """What went wrong in which case, and the way there: step by step, and as numbers to go it again."""

    sentence: str
    case: str
    way: tuple[int, ...]
    steps: tuple[str, ...]

    def __str__(self) -> str:
        story = "".join(f"  {number:3}. {step}\n" for number, step in enumerate(self.steps, 1))
        again = f'python -m tests.explorer --case "{self.case}" --way "{" ".join(map(str, self.way))}"'
        return f"ACCIDENT: {self.sentence}\n{story}Go this way again: {again}"


@dataclass(slots=True)
class Search:
    """One case, walked until it is done or the time is over. `disturbances`: every order with so many was walked."""

    case: WalkedCase
    states: int = 0
    ends: int = 0
    disturbances: int = -1
    done: bool = False
    accident: FoundAccident | None = None
    successors: Successors = field(init=False)
    _seen: dict[SearchState, int] = field(default_factory=dict)
    _levels: dict[int, list[tuple[SearchState, int, Way]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.successors = Successors(self.case)

    def run(self, *, states: int, seconds: float, most: int = 99) -> None:
        """Walk: at most so many states, seconds and disturbances. Ends at the first accident."""
        end, level, turn = time.monotonic() + seconds, 0, 0
        self._levels = {0: [(self.successors.first(), NOBODY, None)]}
        while level <= most:
            stack = self._levels.setdefault(level, [])
            if not stack:
                self.disturbances, level = level, level + 1
                if not any(self._levels.values()):
                    self.done = True
                    return
                continue
            turn += 1
            if self.states >= states or (turn % 256 == 0 and time.monotonic() > end):
                return
            state, last, way = stack.pop()
            try:
                self._visit(state, last, way, level=level)
            except AccidentError as accident:
                numbers = [*_numbers(way), *self._wrong_one(state, last)]
                steps: list[str] = []
                followed(self.case, numbers, tell=steps.append)
                self.accident = FoundAccident(str(accident), self.case.name, tuple(numbers), tuple(steps))
                return

    def _visit(self, state: SearchState, last: int, way: Way, *, level: int) -> None:
        # Whoever ran last is no part of the state, and says what the next steps disturb.
        came, known = 1 << (last + LOWEST), self._seen.get(state, 0)
        if known & came:
            return
        self.states += not known
        self._seen[state] = known | came
        found = self.successors.of(state, last)
        if not found:
            self.ends += 1
            if wrong := self.successors.left_alone(state[0]):
                raise AccidentError(wrong)
        here, beyond = self._levels[level], self._levels.setdefault(level + 1, [])
        goes_on = None
        for number, (after, who, disturbs) in enumerate(found):
            entry = after, who, (way, number)
            if who == last and not disturbs:
                goes_on = entry
            else:
                (beyond if disturbs else here).append(entry)
        # Last in, first out: whoever ran last goes on first, and its threads stand where they are needed.
        if goes_on is not None:
            here.append(goes_on)

    def _wrong_one(self, state: SearchState, last: int) -> list[int]:
        """Which successor is the accident; none where it is what all of this leads to."""
        for number, move in enumerate(self.successors.allowed(state, last)):
            try:
                self.successors.step(state, move)
            except AccidentError:
                return [number]
        return []

    def summary(self, seconds: float) -> str:
        """One line about what was walked."""
        reach = "every order" if self.done else f"every order with {max(self.disturbances, 0)} disturbances"
        rate = f"{self.states / max(seconds, 0.001):,.0f} a second"
        unfolding = self.successors.unfolding
        places = f"{len(unfolding.nodes):,} places of a pass, {len(unfolding.worlds.all):,} worlds"
        return f"{self.case.name:24} {self.states:9,} states ({rate}), {self.ends:,} ends, {places}: {reach}"


def _numbers(way: Way) -> list[int]:
    numbers: list[int] = []
    while way is not None:
        way, number = way
        numbers.append(number)
    return numbers[::-1]


def followed(case: WalkedCase, way: Sequence[int], *, tell: Callable[[str], object]) -> str:
    """Go one way, as nobody ever went before, and tell each step: what is wrong in the end, or nothing."""
    successors = Successors(case)
    state, last = successors.first(), NOBODY
    for number in way:
        tell(successors.told(state, last)[number])
        moves = successors.allowed(state, last)
        try:
            if number < len(moves):
                state, last = successors.step(state, moves[number]), moves[number]
            else:
                state, last, _ = successors.of(state, last)[number]
        except AccidentError as accident:
            return str(accident)
    return "" if successors.moves(state) else successors.left_alone(state[0])
