"""Where everything stands, and all that may happen next: a thread that goes on, an edit, time that goes by, a death."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helium.core.plan import Code
from helium.errors import HeliumError
from helium.reconcile.loop import PassOptions
from tests.explorer.beginnings import AT_WORK
from tests.explorer.calls import LASTS, MACHINES
from tests.explorer.events import answers, later, undisturbed
from tests.explorer.judge import AccidentError, unlike_main, waiting_files
from tests.explorer.passes import PassInWorld
from tests.explorer.unfolding import PassNode, Unfolding
from tests.explorer.values import WorldValue
from tests.explorer.walked_case import WalkedCase

WAITING, OVER, DEAD = -1, -2, -3
"""In place of where a pass stands: it has not begun, it has ended, it was killed."""
NOBODY, ASLEEP = -1, -2
"""Who ran last: before the first step; and, less the number of the pass, once it fell asleep."""
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


@dataclass(slots=True)
class Successors:
    """What may follow each state of one case."""

    case: WalkedCase
    unfolding: Unfolding = field(default_factory=Unfolding)
    settled: dict[int, str] = field(default_factory=dict)
    _happenings: dict[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)

    def first(self) -> SearchState:
        """Where everything stands when the walk begins."""
        case, places = self.case, [WAITING] * len(self.case.passes)
        left = case.most_edits, case.most_moves if case.clock or case.sleep else 0, case.kills
        number = self.unfolding.worlds.number(case.world)
        for each in case.begun:
            if isinstance(each, timedelta):
                number = self.unfolding.at(number, self.unfolding.worlds.all[number].now + each)
            elif isinstance(each, str):
                which, _, method = each.partition(" until ")
                at = [one.name for one in case.passes].index(which)
                number, places[at] = self._alone(at, number, place=places[at], until=method)
            else:
                (event,) = each(self.unfolding.worlds.all[number], case.names[-1])
                number = self.unfolding.worlds.number(event.world)
        return number, left, tuple(places)

    def _alone(self, which: int, number: int, *, place: int, until: str) -> tuple[int, int]:
        """The world, and where a pass stands in it, once it has come to that call and nobody else did anything."""
        begins = self.case.passes[which], self.unfolding.worlds.all[number]
        node = self.unfolding.begin(*begins) if place == WAITING else self.unfolding.nodes[place]
        while until not in {call.method for _, call in node.standing}:
            if threads := node.may_go_on(self.unfolding.worlds.all[number].now):
                number, node = self.unfolding.after(node, threads[-1], number)
            else:
                number = self.unfolding.at(number, min(node.dues))
        return number, node.number

    def of(self, state: SearchState, last: int) -> list[Successor]:
        """All, always in the same order: the threads, then what comes from outside. `AccidentError`."""
        moves = self.moves(state)
        if not moves:
            return [(each, last, 0) for each in self._time_goes_by(state)]
        costs = {move: self._disturbs(move, last, moves=moves) for move in moves}
        found = [(self.step(state, move), move, costs[move]) for move in self.allowed(state, last)]
        # What people do before anybody begins disturbs nobody.
        events = self._outside(state, last)
        found += ((after, last, int(last != NOBODY)) for after, _ in events)
        return [*found, *((after, ASLEEP - which, 1) for after, which in self._falls_asleep(state, last))]

    def _outside(self, state: SearchState, last: int) -> Iterator[tuple[SearchState, str]]:
        if last != NOBODY:
            yield from self._events(state)
        elif self.case.before:
            yield from self._edits(state)

    def _disturbs(self, move: int, last: int, *, moves: list[int]) -> int:
        """Whether somebody goes on while whoever ran last could, or its pass; or wakes while others can go on."""
        which = move // MOST_THREADS
        if last <= ASLEEP:
            sleeper = ASLEEP - last
            return int(which == sleeper and any(each // MOST_THREADS != sleeper for each in moves))
        if last in moves:
            return int(move != last)
        ran = last // MOST_THREADS
        return int(last >= 0 and which != ran and any(each // MOST_THREADS == ran for each in moves))

    def _falls_asleep(self, state: SearchState, last: int) -> Iterator[tuple[SearchState, int]]:
        """A machine that sleeps until its lease is past, while others go on."""
        number, (edits, moves, kills), places = state
        if self.case.sleep is None or not moves or last < 0:
            return
        which = last // MOST_THREADS
        if places[which] >= 0:
            world = self.unfolding.worlds.all[number]
            after = self.unfolding.at(number, world.now + self.case.sleep)
            yield (after, (edits, moves - 1, kills), places), which

    def moves(self, state: SearchState) -> list[int]:
        """Which threads may go on. Passes that are alike begin in their order: nothing tells them apart."""
        number, _, places = state
        world, moves = self.unfolding.worlds.all[number], []
        for which, place in enumerate(places):
            if place >= 0:
                node = self.unfolding.nodes[place]
                dues = self._dues(node, world)
                free = (thread for thread in node.may_go_on(world.now) if dues.get(thread, world.now) <= world.now)
                moves += [which * MOST_THREADS + thread for thread in free]
            elif place == WAITING and not self._is_later_twin(which, places):
                moves.append(which * MOST_THREADS)
        return moves

    def allowed(self, state: SearchState, last: int) -> list[int]:
        """Those of them that this case goes through."""
        moves = self.moves(state)
        turns = [move for move in moves if not self._disturbs(move, last, moves=moves)]
        if not self.case.switches:
            return turns
        own = last // MOST_THREADS if last >= 0 else None
        return [move for move in moves if self.case.threads or move in turns or move // MOST_THREADS != own]

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
        _refuse_lost(one, node, self.unfolding.worlds.all[number])
        # Where an answer was lost, the ledger may say what the pass does not know.
        if answers not in self.case.edits:
            _refuse_leftovers(one, node, self.unfolding.worlds.all[number])
        return number, left, (*places[:which], OVER if node.over else node.number, *places[which + 1 :])

    def _time_goes_by(self, state: SearchState) -> Iterator[SearchState]:
        """Nobody can go on, because all wait for time to pass; nothing if all have ended."""
        number, left, places = state
        nodes = [self.unfolding.nodes[place] for place in places if place >= 0]
        if nodes:
            world = self.unfolding.worlds.all[number]
            dues = [due for node in nodes for due in (*node.dues, *self._dues(node, world).values()) if due > world.now]
            number = self.unfolding.at(number, min(dues))
            self._refuse_idleness(number)
            yield number, left, places

    def _dues(self, node: PassNode, world: WorldValue) -> Mapping[int, datetime]:
        """When the calls of a pass that last are over, by thread."""
        if self.case.slow is None:
            return {}
        calls = [(number, call) for number, call in node.standing if call.method in LASTS]
        since = ((number, it.since) for number, call in calls if (it := world.state.of(call.stack)))
        return {number: when + self.case.slow for number, when in since if when is not None}

    def _refuse_idleness(self, number: int) -> None:
        """Raise if a file waits for longer than it should, though a pass is at work."""
        world = self.unfolding.worlds.all[number]
        if self.case.patience is not None and (waits := waiting_files(world, since=world.now - self.case.patience)):
            raise AccidentError(f"{waits[0]} waits, though a pass is at work")

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
        events = self._outside(state, last)
        asleep = [f"{self.case.passes[which].name} falls asleep" for _, which in self._falls_asleep(state, last)]
        return [
            *(self._step_told(state, move) for move in self.allowed(state, last)),
            *(said for _, said in events),
            *asleep,
        ]

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
        number = self.unfolding.worlds.number(undisturbed(replace(world, now=world.now + self.case.rest)))
        for turn in range(LAST_PASSES):
            one = PassInWorld(f"last-{turn}", PassOptions(parallel=1))
            try:
                number, node = passes_alone(self.unfolding, one, number)
            except AccidentError as accident:
                return f"left alone: {accident}"
            plan = node.value.plan if node.value is not None else None
            # What waits for the end of its grace goes with a later one.
            if plan is not None and not plan.work and all(each.code is not Code.GRACE for each in plan.changes):
                break
            number = self.unfolding.at(number, self.unfolding.worlds.all[number].now + self.case.between)
        return "; ".join(unlike_main(self.unfolding.worlds.all[number]))


def passes_alone(unfolding: Unfolding, one: PassInWorld, number: int) -> tuple[int, PassNode]:
    """The world after a pass that nobody disturbed, and how that has ended."""
    node = unfolding.begin(one, unfolding.worlds.all[number])
    while not node.over:
        if threads := node.may_go_on(unfolding.worlds.all[number].now):
            number, node = unfolding.after(node, threads[-1], number)
        else:
            number = unfolding.at(number, min(node.dues))
        _refuse_fault(one, node)
    return number, node


def _refuse_fault(one: PassInWorld, node: PassNode) -> None:
    """Raise if a pass takes too many steps, or has ended as no pass may."""
    if node.steps > LONGEST or any(thread >= MOST_THREADS for thread in node.threads):
        raise AccidentError(f"{one.name} does not rest")
    if node.error is not None and not isinstance(node.error, HeliumError):
        raise AccidentError(f"{one.name} ends with a fault in Helium: {node.error!r}")


def _refuse_lost(one: PassInWorld, node: PassNode, world: WorldValue) -> None:
    """Raise if a pass has called a stack lost that is there whole: its listing was older than the ledger."""
    plan = node.value.plan if node.over and node.error is None and node.value is not None else None
    whole = {stack.name for stack, it in world.state.stacks if it.whole and not it.begun}
    for change in plan.changes if plan else ():
        if change.code is Code.LOST_STACK and change.name in whole:
            raise AccidentError(f"{one.name} calls the stack of {change.name} lost, and it is there")


def _refuse_leftovers(one: PassInWorld, node: PassNode, world: WorldValue) -> None:
    """Raise if a pass has ended, and what it announced is neither done nor anybody else's."""
    if node.knows.lost_the_lease:
        return
    fleet_record = world.ledger.snapshot.fleet_record
    ours = fleet_record is not None and fleet_record.counter == node.knows.counter
    if node.over and node.error is None and not world.away and ours:
        for name, record in world.ledger.records().items():
            if record.phase in AT_WORK and not record.error and record.machines[-1:] == (f"{MACHINES}{one.name}",):
                raise AccidentError(f"{one.name} has ended, and left {name} as it was announced")
