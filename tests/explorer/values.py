"""The world as a value: main, ledger, state, clock, and who is dead. A step makes a new one, and never changes one.

Parts that say the same are one object, so two worlds are compared by what they consist of, and not by how they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from helium.core.log_line import LogLine
from helium.core.record import Phase, Record
from helium.core.stack import StackId
from helium.core.workspace import Ownership
from helium.ports.ledger import Snapshot
from tests.crash.invariants import ENDS
from tests.fakes import FakeCommit

Incarnation = tuple[str, datetime]
"""A name, and when its file was added: what tells a workspace from the next one of its name."""


@dataclass(frozen=True, slots=True)
class StackInWorld:
    """One stack. `life`: whose data it holds (0: nobody's). `holder`: who is at work on it, and `since` when.

    `begun`: its destroy has begun.
    """

    ownership: Ownership | None = None
    whole: bool = False
    pending: bool = False
    life: int = 0
    holder: str = ""
    since: datetime | None = None
    begun: bool = False

    @property
    def empty(self) -> bool:
        """Nothing in it, nothing pending."""
        return self.ownership is None and not self.whole and not self.pending


@dataclass(frozen=True, slots=True)
class StateInWorld:
    """Pulumi's state: the stacks, and the marker with the ledger's id."""

    stacks: tuple[tuple[StackId, StackInWorld], ...] = ()
    marker: str = ""

    def of(self, stack: StackId) -> StackInWorld | None:
        """One stack, if it is there."""
        return next((it for id, it in self.stacks if id == stack), None)

    def with_(self, stack: StackId, it: StackInWorld | None) -> StateInWorld:
        """The state with this stack put, or taken away."""
        others = tuple(pair for pair in self.stacks if pair[0] != stack)
        return replace(self, stacks=tuple(sorted((*others, (stack, it)), key=_id)) if it else others)


def _id(pair: tuple[StackId, StackInWorld]) -> StackId:
    return pair[0]


@dataclass(frozen=True, slots=True)
class LedgerInWorld:
    """The branch of records. `known`: every incarnation that ever had a record; `announcer`: who announced the end.

    `lines` are those of ends alone: no pass reads others. `protected`: what a pass ever wrote down as protected.
    """

    snapshot: Snapshot = field(default_factory=Snapshot)
    lines: tuple[LogLine, ...] = ()
    known: frozenset[Incarnation] = frozenset()
    announcer: tuple[tuple[str, str], ...] = ()
    protected: frozenset[Incarnation] = frozenset()

    def records(self) -> dict[str, Record]:
        """Those that can be read."""
        return {name: it for name, it in self.snapshot.records.items() if isinstance(it, Record)}

    def announced(self, name: str) -> str:
        """Who put down first that it would destroy this name."""
        return dict(self.announcer).get(name, "")

    def ends(self) -> tuple[LogLine, ...]:
        """The lines of ends."""
        return tuple(line for line in self.lines if tells_an_end(line))

    def key(self) -> tuple[Any, ...]:
        """What it says, without the number of its commits."""
        lines = tuple((line.name, line.code, line.added_at, line.time, line.sentence) for line in self.lines)
        blobs = tuple(sorted(self.snapshot.blobs.items()))
        orders = tuple(sorted(self.snapshot.order_blobs.items()))
        return blobs, repr(self.snapshot.fleet_record), lines, self.known, self.announcer, self.protected, orders


def tells_an_end(line: LogLine) -> bool:
    """Whether the line says that a workspace has ended, and not that a try did not."""
    return line.code in ENDS and line.sentence.startswith(("destroy: destroyed", "gone:"))


@dataclass(frozen=True, slots=True)
class WorldValue:
    """All of it. `ended`: the incarnations whose data was destroyed, as often as that was.

    `away`: what does not work now: the cloud, the remote, or its answers. `repaired`: the orders whose repair was done.
    """

    line: tuple[FakeCommit, ...]
    ledger: LedgerInWorld
    state: StateInWorld
    now: datetime
    dead: frozenset[str] = frozenset()
    ended: tuple[Incarnation, ...] = ()
    away: frozenset[str] = frozenset()
    repaired: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """Main."""
        return self.line[-1].commit.id

    @property
    def files(self) -> Mapping[str, bytes]:
        """What stands on main."""
        return self.line[-1].files


class Worlds:
    """Each world once, by a number."""

    def __init__(self) -> None:
        self.all: list[WorldValue] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._ledgers: dict[tuple[Any, ...], LedgerInWorld] = {}
        self._states: dict[str, StateInWorld] = {}
        self._parts: set[int] = set()
        """Of those that are kept: they need not be looked for by all that they say."""

    def number(self, world: WorldValue) -> int:
        """The number of a world; a new one if nobody saw it before."""
        ledger, state = self.ledger(world.ledger), self.state(world.state)
        key = (world.head, id(ledger), id(state), world.now, world.dead, world.ended, world.away, world.repaired)
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self.all)
            self.all.append(replace(world, ledger=ledger, state=state))
        return known

    def ledger(self, ledger: LedgerInWorld) -> LedgerInWorld:
        """The first one that said the same."""
        if id(ledger) in self._parts:
            return ledger
        known = self._ledgers.setdefault(ledger.key(), ledger)
        self._parts.add(id(known))
        return known

    def state(self, state: StateInWorld) -> StateInWorld:
        """The first one that said the same."""
        if id(state) in self._parts:
            return state
        known = self._states.setdefault(repr(state), state)
        self._parts.add(id(known))
        return known


def deletions(before: LedgerInWorld, records: Mapping[str, Record], *, by: str) -> tuple[tuple[str, str], ...]:
    """Who announced each deletion that stands in these records: whoever did so first."""
    deleting = sorted(name for name, record in records.items() if record.phase is Phase.DELETING)
    return tuple((name, before.announced(name) or by) for name in deleting)
