"""What must hold after each step, and what must have come of everything in the end. Told without Helium's own rules.

It knows what people did (main's whole history is in the world), what the state holds, and what the ledger says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from helium.core.record import Phase
from tests.explorer.calls import UNTIL, PortCall, life_of
from tests.explorer.passes import LINES
from tests.explorer.values import StackInWorld, WorldValue
from tests.fakes import blob_of


class AccidentError(AssertionError):
    """Something that must never be."""


def judged(call: PortCall, world: WorldValue, later: WorldValue, *, by: str, looked: str | None) -> None:
    """Raise `AccidentError` if the step must never be. `looked`: the main that this thread of the pass saw last."""
    for accident in _accidents(call, world, later, by=by, looked=looked):
        raise AccidentError(accident)


def _accidents(call: PortCall, world: WorldValue, later: WorldValue, *, by: str, looked: str | None) -> Iterator[str]:
    if call.method in ("engine.up begins", "engine.destroy begins", "engine.unlock"):
        it = world.state.of(call.stack) or StackInWorld()
        yield from _two_at_once(call, it, world, by=by)
        if later is not world and call.method == "engine.destroy begins":
            yield from _wrong_destroy(call.stack.name, it, world, by=by, commit=looked or world.head)
        if later is not world and call.method == "engine.up begins":
            yield from _wrong_owner(call, it)
    if later.state is not world.state or later.ledger is not world.ledger:
        yield from _orphans(later)
        yield from _lost(world, later)
        yield from _lines(later)


def _two_at_once(call: PortCall, it: StackInWorld, world: WorldValue, *, by: str) -> Iterator[str]:
    if it.holder == by and call.method != "engine.unlock":
        yield f"{by} is at work on {call.stack.name} twice at once"
    if it.holder and it.holder not in world.dead and call.method == "engine.unlock":
        yield f"{by} breaks the lock of {it.holder}, which is at work on {call.stack.name}"


def _wrong_destroy(name: str, it: StackInWorld, world: WorldValue, *, by: str, commit: str) -> Iterator[str]:
    """A destroy that has begun is never turned back, and neither is one that another pass had put down."""
    if it.life and not it.empty and not it.begun and world.ledger.announced(name) in ("", by):
        file = LINES[commit][-1].files.get(f"workspaces/{name}.yaml")
        blob = "" if file is None else blob_of(file)
        if blob and life_of(blob) == it.life and UNTIL[blob] > world.now:
            yield f"{by} destroys {name} of owner-{it.life}, though its file is there, and its time is not over"


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
    found += [f"the stack of {name} is still there" for name in stacks if name not in wanted]
    found += [f"the record of {name} is still there" for name in records if name not in files]
    found += [f"{it.holder} still holds the lock of {name}" for name, it in stacks.items() if it.holder]
    for incarnation, number in Counter(world.ended).items():
        if told[incarnation] != number:
            found.append(f"{incarnation[0]} ended {number} times, and the log tells of that {told[incarnation]} times")
    return found
