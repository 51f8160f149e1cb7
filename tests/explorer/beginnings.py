"""What a pass may begin, and how often it may look: by what it knows then, told without Helium's own rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from helium.core.fleet import SETTINGS
from helium.core.fleet_record import FleetRecord
from helium.core.record import Phase
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.loop import PassOptions
from tests.explorer.calls import CallAnswer, PortCall
from tests.explorer.passes import LINES, PROGRAM
from tests.explorer.values import WorldValue

AT_WORK = (Phase.CREATING, Phase.UPDATING, Phase.DELETING)
APART = timedelta(seconds=2)
"""Between two looks of a pass that has something at work."""


@dataclass(frozen=True, slots=True)
class PassKnowledge:
    """What a pass was told, and by that may know.

    `head`: the commit that its own thread saw last, and `first` when it took the lease. `read`: the ledger as it read
    it last, and `read_at` when. `counter`: of its lease. `begun`: what it announced; `busy`: some of that is at work.
    """

    began: datetime
    head: str = ""
    first: str = ""
    read: Snapshot | None = None
    read_at: datetime | None = None
    looks: int = 0
    begun: frozenset[str] = frozenset()
    counter: int = 0
    busy: bool = False

    @property
    def lost_the_lease(self) -> bool:
        """Whether it has read that its lease was ended by somebody else. Whatever it leaves is the next pass's then."""
        fleet_record = self.read.fleet_record if self.read else None
        return fleet_record is not None and fleet_record.counter == self.counter and fleet_record.lease is None

    def told(self, call: PortCall, answer: CallAnswer, *, thread: int, now: datetime) -> PassKnowledge:
        """What it knows once a thread of it was answered."""
        if answer.error is not None:
            return self
        if call.method == "ledger.write" and (names := announced(call)):
            first = self.head if call.given[0].takes_lease else self.first
            if call.given[0].takes_lease:
                counter = call.given[0].fleet_record.counter
                # What it read before it had the lease says nothing of that lease.
                return replace(self, begun=names, first=first, counter=counter, read=None)
            return replace(self, begun=self.begun | names, first=first)
        if thread:
            return self
        if call.method == "repo.head":
            return replace(self, head=answer.value)
        if call.method == "ledger.read":
            return replace(self, read=answer.value, read_at=now, looks=self.looks + 1)
        return self


@dataclass(frozen=True, slots=True)
class LastLook:
    """What one thread of a pass saw last: the commit of main, and the fleet's record (`heard`: it has seen one)."""

    commit: str = ""
    fleet_record: FleetRecord | None = None
    heard: bool = False


def looked_after(
    looked: Mapping[int, LastLook], call: PortCall, answer: CallAnswer, *, thread: int
) -> Mapping[int, LastLook]:
    """What all threads saw last, once one was answered. A look from before what takes long is none any more."""
    before = looked.get(thread, LastLook())
    if answer.error is not None or call.method not in ("repo.head", "ledger.fleet_record", "engine.resolve_pending"):
        return looked
    if call.method == "engine.resolve_pending":
        return {**looked, thread: LastLook()}
    if call.method == "repo.head":
        return {**looked, thread: replace(before, commit=answer.value)}
    return {**looked, thread: replace(before, fleet_record=answer.value, heard=True)}


def heedless(call: PortCall, *, by: str, looked: LastLook) -> Iterator[str]:
    """Whoever begins on a stack, or breaks a lock, heeds what it has just read."""
    if not looked.heard:
        return
    what, fleet_record = f"{by}: {call.method} {call.stack.name}", looked.fleet_record
    if fleet_record is None or fleet_record.lease is None or fleet_record.lease.run != by:
        yield f"{what}, and it has read that it no longer holds the lease"
    if fleet_record is not None and fleet_record.pause is not None and call.method != "engine.unlock":
        yield f"{what}, and it has read that the fleet is paused"


def overlooked(call: PortCall, world: WorldValue, later: WorldValue, *, by: str) -> Iterator[str]:
    """While a lease lives, nobody else takes it, and only its holder writes down what it saw."""
    before, after = world.ledger.snapshot, later.ledger.snapshot
    lease = before.fleet_record.lease if before.fleet_record else None
    if call.method != "ledger.write" or lease is None or lease.run == by or lease.until <= world.now:
        return
    now = after.fleet_record.lease if after.fleet_record else None
    if now is not None and now.run == by:
        yield f"{by} takes the lease of {lease.run}, which is at work"
    seen = [each.fleet_record.seen if each.fleet_record else None for each in (before, after)]
    if call.given[0].only_looked and (before.blobs != after.blobs or seen[0] != seen[1]):
        yield f"{by} has only looked, and writes into the ledger while {lease.run} holds the lease"


def announced(call: PortCall) -> frozenset[str]:
    """The names that a write announces: what is begun from here on."""
    writes: Writes = call.given[0]
    if not writes.message.startswith("Begin"):
        return frozenset()
    return frozenset(name for name, record in writes.records.items() if record is not None and record.phase in AT_WORK)


def misbegun(
    call: PortCall, world: WorldValue, *, by: str, options: PassOptions, knows: PassKnowledge
) -> Iterator[str]:
    """What is wrong with what a pass begins, or with its look.

    No stack is so slow here that more may begin beside it.
    """
    if call.method == "ledger.read" and knows.busy and knows.read_at and world.now - knows.read_at < APART:
        yield f"{by} looks again within two seconds"
    if call.method != "ledger.write" or not (names := announced(call)):
        return
    what = f"{by} begins {' and '.join(sorted(names))}"
    fleet_record = knows.read.fleet_record if knows.read else None
    waiting = fleet_record.waiting if fleet_record else None
    if waiting is not None and waiting.run != by and world.now < waiting.until:
        yield f"{what}, and knows that {waiting.run} waits for its turn"
    if call.given[0].takes_lease:
        return
    lease = fleet_record.lease if fleet_record else None
    if knows.read and (lease is None or lease.run != by):
        yield f"{what}, and knows that it no longer holds the lease"
    yield from _changed(what, knows)
    if options.once and names - knows.begun:
        yield f"{what}, which nobody saw in its plan"
    if knows.read_at is not None and knows.read_at > knows.began + options.take_until:
        yield f"{what}, though its time is over"
    yield from _unnoted(what, call.given[0], by=by, knows=knows)


def _changed(what: str, knows: PassKnowledge) -> Iterator[str]:
    before, now = (LINES[commit][-1].files for commit in (knows.first, knows.head))
    for path in (SETTINGS, PROGRAM):
        if before.get(path) != now.get(path):
            yield f"{what}, and knows that {path} is not what it began with"


def _unnoted(what: str, writes: Any, *, by: str, knows: PassKnowledge) -> Iterator[str]:
    last = writes.fleet_record.last_pass if writes.fleet_record else None
    # Its second look is the first one that it can have noted.
    if knows.looks > 1 and (last is None or last.run != by):
        yield f"{what}, and the ledger does not say that it passes"
