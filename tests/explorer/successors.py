"""Where everything stands, and all that may happen next: a thread that goes on, an edit, time that goes by, a death."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from helium.errors import HeliumError
from helium.reconcile.loop import PassOptions
from tests.explorer.events import EditsOf, ended_pause, later
from tests.explorer.judge import AccidentError, unlike_main
from tests.explorer.passes import PassInWorld
from tests.explorer.unfolding import PassNode, Unfolding
from tests.explorer.values import WorldValue

WAITING, OVER, DEAD = -1, -2, -3
"""In place of where a pass stands: it has not begun, it has ended, it was killed."""
NOBODY = -1
"""Who ran last, before the first step."""
MOST_THREADS = 64
LAST_PASSES = 8
LONGEST = 400
"""Steps that no pass needs; one that takes more does not rest."""

Left = tuple[int, int, int]
"""How many edits, moves of the clock, and kills may still be."""
SearchState = tuple[int, Left, tuple[int, ...]]
"""The number of a world, what may still be, and where each pass stands."""
Successor = tuple[SearchState, int, int]
"""What comes next, who ran last then, and whether that is a disturbance (1) or not (0)."""


@dataclass(frozen=True, slots=True)
class WalkedCase:
    """A fleet, the passes on it, and what may happen: so many of these edits, moves of the clock, and kills."""

    name: str
    world: WorldValue
    passes: tuple[PassInWorld, ...]
    edits: tuple[EditsOf, ...] = ()
    names: tuple[str, ...] = ("a",)
    most_edits: int = 2
    clock: tuple[timedelta, ...] = ()
    most_moves: int = 1
    kills: int = 0


@dataclass(slots=True)
class Successors:
    """What may follow each state of one case."""

    case: WalkedCase
    unfolding: Unfolding = field(default_factory=Unfolding)
    settled: dict[int, str] = field(default_factory=dict)
    _happenings: dict[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)

    def first(self) -> SearchState:
        """Before anything has happened."""
        case = self.case
        left = case.most_edits, case.most_moves if case.clock else 0, case.kills
        return self.unfolding.worlds.number(case.world), left, (WAITING,) * len(case.passes)

    def of(self, state: SearchState, last: int) -> list[Successor]:
        """All, always in the same order: the threads, then what comes from outside. `AccidentError`."""
        moves = self.moves(state)
        if not moves:
            return [(each, NOBODY, 0) for each in self._time_goes_by(state)]
        found = [(self.step(state, move), move, int(last in moves and move != last)) for move in moves]
        # What people do before anybody begins disturbs nobody.
        events = self._edits(state) if last == NOBODY else self._events(state)
        return [*found, *((after, last, int(last != NOBODY)) for after, _ in events)]

    def moves(self, state: SearchState) -> list[int]:
        """Which threads may go on. Passes that are alike begin in their order: nothing tells them apart."""
        number, _, places = state
        now, moves = self.unfolding.worlds.all[number].now, []
        for which, place in enumerate(places):
            if place >= 0:
                moves += [which * MOST_THREADS + thread for thread in self.unfolding.nodes[place].may_go_on(now)]
            elif place == WAITING and not self._is_later_twin(which, places):
                moves.append(which * MOST_THREADS)
        return moves

    def _is_later_twin(self, which: int, places: tuple[int, ...]) -> bool:
        passes = self.case.passes
        return which > 0 and places[which - 1] == WAITING and passes[which - 1].options == passes[which].options

    def step(self, state: SearchState, move: int) -> SearchState:
        """What is so once that thread went on until its next call. `AccidentError`."""
        number, left, places = state
        which, thread = divmod(move, MOST_THREADS)
        one, place = self.case.passes[which], places[which]
        if place == WAITING:
            node = self.unfolding.begin(one, self.unfolding.worlds.all[number])
        else:
            number, node = self.unfolding.after(self.unfolding.nodes[place], thread, number)
        _refuse_fault(one, node)
        return number, left, (*places[:which], OVER if node.over else node.number, *places[which + 1 :])

    def _time_goes_by(self, state: SearchState) -> Iterator[SearchState]:
        """Nobody can go on, because all wait for time to pass; nothing if all have ended."""
        number, left, places = state
        nodes = [self.unfolding.nodes[place] for place in places if place >= 0]
        if nodes:
            yield self.unfolding.at(number, min(node.due for node in nodes)), left, places

    def _events(self, state: SearchState) -> Iterator[tuple[SearchState, str]]:
        """What may happen from outside to passes that are under way."""
        number, (edits, moves, kills), places = state
        yield from self._edits(state)
        for step in self.case.clock if moves else ():
            event = later(self.unfolding.worlds.all[number], step)
            yield (self.unfolding.worlds.number(event.world), (edits, moves - 1, kills), places), event.sentence
        for which, place in enumerate(places) if kills else ():
            if place >= 0:
                world, name = self.unfolding.worlds.all[number], self.case.passes[which].name
                after = self.unfolding.worlds.number(replace(world, dead=world.dead | {name}))
                killed = (*places[:which], DEAD, *places[which + 1 :])
                yield (after, (edits, moves, kills - 1), killed), f"{name} is killed"

    def _edits(self, state: SearchState) -> Iterator[tuple[SearchState, str]]:
        number, (edits, moves, kills), places = state
        if edits:
            yield from (((after, (edits - 1, moves, kills), places), said) for after, said in self._edited(number))

    def _edited(self, number: int) -> tuple[tuple[int, str], ...]:
        if number not in self._happenings:
            world = self.unfolding.worlds.all[number]
            events = [event for edit in self.case.edits for name in self.case.names for event in edit(world, name)]
            unlike = {self.unfolding.worlds.number(event.world): event.sentence for event in events}
            self._happenings[number] = tuple(unlike.items())
        return self._happenings[number]

    def told(self, state: SearchState, last: int) -> list[str]:
        """Each successor in words."""
        moves = self.moves(state)
        if not moves:
            return ["time goes by"]
        events = self._edits(state) if last == NOBODY else self._events(state)
        return [*(self._step_told(state, move) for move in moves), *(said for _, said in events)]

    def _step_told(self, state: SearchState, move: int) -> str:
        which, thread = divmod(move, MOST_THREADS)
        place, name = state[2][which], self.case.passes[which].name
        return f"{name} begins" if place == WAITING else f"{name}: {self.unfolding.nodes[place].told(thread)}"

    def left_alone(self, number: int) -> str:
        """What is wrong once passes have come by that nobody disturbed; nothing if all is as main says."""
        if number not in self.settled:
            self.settled[number] = self._left_alone(number)
        return self.settled[number]

    def _left_alone(self, number: int) -> str:
        world = self.unfolding.worlds.all[number]
        number = self.unfolding.worlds.number(ended_pause(replace(world, now=world.now + timedelta(minutes=40))))
        for turn in range(LAST_PASSES):
            one = PassInWorld(f"last-{turn}", PassOptions(parallel=1))
            try:
                number, node = passes_alone(self.unfolding, one, number)
            except AccidentError as accident:
                return f"left alone: {accident}"
            if node.value is not None and not node.value.plan.work:
                break
            number = self.unfolding.at(number, self.unfolding.worlds.all[number].now + timedelta(hours=1))
        return "; ".join(unlike_main(self.unfolding.worlds.all[number]))


def passes_alone(unfolding: Unfolding, one: PassInWorld, number: int) -> tuple[int, PassNode]:
    """The world after a pass that nobody disturbed, and how that has ended."""
    node = unfolding.begin(one, unfolding.worlds.all[number])
    while not node.over:
        if threads := node.may_go_on(unfolding.worlds.all[number].now):
            number, node = unfolding.after(node, threads[-1], number)
        else:
            number = unfolding.at(number, node.due)
        _refuse_fault(one, node)
    return number, node


def _refuse_fault(one: PassInWorld, node: PassNode) -> None:
    """Raise if a pass takes too many steps, or has ended as no pass may."""
    if node.steps > LONGEST:
        raise AccidentError(f"{one.name} does not rest")
    if node.error is not None and not isinstance(node.error, HeliumError):
        raise AccidentError(f"{one.name} ends with a fault in Helium: {node.error!r}")
