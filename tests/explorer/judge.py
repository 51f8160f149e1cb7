"""What must hold after each step, and what must have come of everything in the end. Told without Helium's own rules.

It knows what people did (main's whole history is in the world), what the state holds, and what the ledger says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.core.fleet import SETTINGS
from helium.core.record import Phase
from tests.explorer.beginnings import AT_WORK, LastLook, PassKnowledge, heedless, misbegun, overlooked
from tests.explorer.calls import PortCall
from tests.explorer.lives import UNTIL, life_of
from tests.explorer.ordered import misordered, released, unanswered
from tests.explorer.passes import LINES, PassInWorld
from tests.explorer.values import StackInWorld, WorldValue
from tests.fakes import blob_of
from tests.reconcile.harness import START

TIMEOUT = timedelta(minutes=15)
"""After that, a lock is left over: the time limit of all fleets here, and five minutes."""


class AccidentError(AssertionError):
    """Something that must never be."""


@dataclass(frozen=True, slots=True)
class PassStep:
    """One call of a pass in a world, and the world after it. `looked`: what this thread of it saw last."""

    call: PortCall
    world: WorldValue
    later: WorldValue
    one: PassInWorld
    looked: LastLook
    knows: PassKnowledge


def judged(step: PassStep) -> None:
    """Raise `AccidentError` if the step must never be."""
    call, world, by = step.call, step.world, step.one.name
    for accident in _accidents(call, world, step.later, by=by, looked=step.looked):
        raise AccidentError(accident)
    for accident in misordered(call, world, step.later, by=by, knows=step.knows):
        raise AccidentError(accident)
    for accident in misbegun(call, world, by=by, options=step.one.options, knows=step.knows):
        raise AccidentError(accident)


def _accidents(call: PortCall, world: WorldValue, later: WorldValue, *, by: str, looked: LastLook) -> Iterator[str]:
    if call.method in ("engine.up begins", "engine.destroy begins", "engine.unlock"):
        it = world.state.of(call.stack) or StackInWorld()
        yield from _two_at_once(call, it, world, by=by, acts=later is not world)
        if later is not world:
            yield from heedless(call, by=by, looked=looked)
            yield from _unannounced(call, world, by=by)
        if later is not world and call.method == "engine.destroy begins":
            yield from _wrong_destroy(call.stack.name, it, world, by=by, commit=looked.commit or world.head)
            # Days go by between the last passes, when everybody is left alone.
            yield from () if by.startswith("last") else _too_many(call.stack.name, it, world)
            yield from _too_early(call.stack.name, it, world, by=by, commit=looked.commit or world.head)
        if later is not world and call.method == "engine.up begins":
            yield from _wrong_owner(call, it)
    if later.state is not world.state or later.ledger is not world.ledger:
        yield from _orphans(later)
        yield from _lost(world, later)
        yield from _lines(later)
        yield from _called_lost(later)
        yield from overlooked(call, world, later, by=by)


def _two_at_once(call: PortCall, it: StackInWorld, world: WorldValue, *, by: str, acts: bool) -> Iterator[str]:
    if it.holder == by and call.method != "engine.unlock":
        yield f"{by} is at work on {call.stack.name} twice at once"
    # What takes longer than it may, and a grace, is ended by its own pass as soon as that wakes.
    lasts = it.since is not None and world.now <= it.since + TIMEOUT
    if it.holder and it.holder not in world.dead and call.method == "engine.unlock" and lasts and acts:
        yield f"{by} breaks the lock of {it.holder}, which is at work on {call.stack.name}"


def _unannounced(call: PortCall, world: WorldValue, *, by: str) -> Iterator[str]:
    """Under its own lease a pass begins on nothing before the ledger says so."""
    fleet_record, record = world.ledger.snapshot.fleet_record, world.ledger.records().get(call.stack.name)
    lease = fleet_record.lease if fleet_record else None
    if lease is not None and lease.run == by and (record is None or record.phase not in AT_WORK):
        yield f"{by}: {call.method} {call.stack.name}, and the ledger does not say so"


def _wrong_destroy(name: str, it: StackInWorld, world: WorldValue, *, by: str, commit: str) -> Iterator[str]:
    """A destroy that has begun is never turned back, and neither is one that another pass had put down."""
    if it.life and not it.empty and not it.begun and world.ledger.announced(name) in ("", by):
        file = LINES[commit][-1].files.get(f"workspaces/{name}.yaml")
        blob = "" if file is None else blob_of(file)
        if blob and life_of(blob) == it.life and UNTIL[blob] > world.now:
            yield f"{by} destroys {name} of owner-{it.life}, though its file is there, and its time is not over"

    if it.ownership and (name, it.ownership.added_at) in world.ledger.protected and not it.begun:
        yield f"{by} destroys {name} of owner-{it.life}, which a pass has seen protected"


def _too_many(name: str, it: StackInWorld, world: WorldValue) -> Iterator[str]:
    """The limit of the settings on what goes in a day. A case in which it counts is over sooner than that."""
    limit = re.search(rb"deletes: (\d+)", world.files[SETTINGS])
    begun = {stack.name for stack, other in world.state.stacks if other.begun and not other.empty}
    gone = {each for each, _ in world.ended} | begun | {name}
    if limit and not it.empty and len(gone) > int(limit[1]) and not released(gone, world):
        yield f"{' and '.join(sorted(gone))} are destroyed in one day, and the limit is {int(limit[1])}"


def _too_early(name: str, it: StackInWorld, world: WorldValue, *, by: str, commit: str) -> Iterator[str]:
    """The grace of the settings, by main's history and the true time: since it has been without a file, or overdue."""
    grace = re.search(rb"grace: (\d+)m", world.files[SETTINGS])
    if grace is None or it.empty or it.begun or world.ledger.announced(name) not in ("", by):
        return
    path, since, there = f"workspaces/{name}.yaml", START, False
    for one in LINES[commit]:
        data = one.files.get(path)
        if data is not None and life_of(blob_of(data)) == it.life:
            since, there = UNTIL[blob_of(data)], True
        elif there:
            since, there = min(since, one.commit.time), False
    if world.now < since + timedelta(minutes=int(grace[1])):
        yield f"{name} of owner-{it.life} is destroyed before its grace is over"


def _called_lost(world: WorldValue) -> Iterator[str]:
    """What is there is never called lost, also where a listing is older than the ledger."""
    for stack, it in world.state.stacks:
        record = world.ledger.records().get(stack.name)
        if it.whole and record and record.held and "is not in the state" in record.held.why:
            yield f"the record of {stack.name} says that its stack is lost, and it is there"


def _wrong_owner(call: PortCall, it: StackInWorld) -> Iterator[str]:
    life = life_of(call.given[0].spec.blob)
    if not it.empty and it.life != life:
        yield f"{call.stack.name} goes to owner-{life} with the data of owner-{it.life} in it"


def _orphans(world: WorldValue) -> Iterator[str]:
    records = world.ledger.records()
    for stack, it in world.state.stacks:
        if not it.empty and stack.name not in records:
            yield f"the stack of {stack.name} is an orphan: the ledger has no record of it"


def _lost(world: WorldValue, later: WorldValue) -> Iterator[str]:
    """A record of what existed is dropped with a line. What stays behind in the state, `_orphans` tells."""
    told = {(line.name, line.added_at) for line in later.ledger.ends()}
    for name in sorted(world.ledger.records().keys() - later.ledger.records().keys()):
        incarnation = name, world.ledger.records()[name].added_at
        if incarnation in world.ended and incarnation not in told:
            yield f"the record of {name} is dropped, and no line tells of its end"


def _lines(world: WorldValue) -> Iterator[str]:
    told, ended = Counter((line.name, line.added_at) for line in world.ledger.ends()), Counter(world.ended)
    for incarnation, number in told.items():
        if number > max(1, ended[incarnation]):  # type: ignore[index]
            yield f"the end of {incarnation[0]} has {number} lines"


def waiting_files(world: WorldValue, *, since: datetime) -> list[str]:
    """The names whose file landed before `since` as it is now, and which nobody has begun on since."""
    records, waiting = world.ledger.records(), []
    for path, data in world.files.items():
        name = path[11:-5]
        if not path.startswith("workspaces/") or not path.endswith(".yaml") or UNTIL[blob_of(data)] <= world.now:
            continue
        changes = zip(world.line[-2::-1], world.line[:0:-1], strict=True)
        landed = next((new.commit.time for old, new in changes if old.files.get(path) != data), START)
        if landed < since and (name not in records or records[name].seen_blob != blob_of(data)):
            waiting.append(name)
    return waiting


def unlike_main(world: WorldValue) -> list[str]:
    """What is not as the files say, where everybody has done what there was to do."""
    found: list[str] = []
    files = {path[11:-5]: blob_of(data) for path, data in world.files.items() if path.endswith(".yaml") and "/" in path}
    wanted = {name: blob for name, blob in files.items() if UNTIL[blob] > world.now}
    stacks = {stack.name: it for stack, it in world.state.stacks}
    records, told = world.ledger.records(), Counter((line.name, line.added_at) for line in world.ledger.ends())
    for name, blob in wanted.items():
        it, record = stacks.get(name), records.get(name)
        if it is None or it.empty or it.life != life_of(blob) or not it.whole or it.pending:
            found.append(f"{name} is not there as its file says: {it}")
        elif record is None or record.phase is not Phase.READY or record.spec_blob != blob:
            found.append(f"{name} is there, and its record does not say so: {record and record.phase}")
    # What is protected, or too much for a day, stays until a person says otherwise.
    held = {name for name, record in records.items() if record.held and "The limit is" in record.held.why}
    kept = wanted.keys() | held | {name for name, record in records.items() if record.protected}
    found += [f"the stack of {name} is still there" for name in stacks if name not in kept]
    found += [f"the record of {name} is still there" for name in records if name not in files and name not in kept]
    found += unanswered(world)
    found += [f"{it.holder} still holds the lock of {name}" for name, it in stacks.items() if it.holder]
    for incarnation, number in Counter(world.ended).items():
        if told[incarnation] != number:
            found.append(f"{incarnation[0]} ended {number} times, and the log tells of that {told[incarnation]} times")
    return found
