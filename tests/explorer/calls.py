"""What one call of a port does to the world: the fakes' own behaviour, on values, with locks.

An `up` and a `destroy` begin and end. Anything may happen in between, and Pulumi's lock is held meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from helium.core.log_line import LogLine
from helium.core.record import Record
from helium.core.stack import Listing, Stack, StackId
from helium.core.workspace import Workspace
from helium.errors import EngineError, HeliumError, SourceError, StackBusyError, StackMissingError
from helium.ports.engine import NOTHING_TO_TOUCH, Built, Resolved, UpOptions
from helium.ports.ledger import Snapshot, Writes
from tests.explorer.lives import life_of
from tests.explorer.values import LedgerInWorld, StackInWorld, StateInWorld, WorldValue, deletions
from tests.fakes import FakeLedger

FLEET = "acme"
MACHINES = "machine-of-"
CLOUD, REMOTE, ANSWERS = "the cloud", "the remote", "the answers of the remote"
"""What may be away. Without its answers the remote takes what is pushed, and nobody hears of it."""

LASTS = ("engine.up ends", "engine.destroy ends")
"""The ends of what lasts: anything may happen before them."""


@dataclass(frozen=True, slots=True)
class PortCall:
    """One call that a thread of a pass makes: the method as `port.method`, and what was given."""

    method: str
    given: tuple[Any, ...] = ()
    text: str = ""

    @property
    def stack(self) -> StackId:
        """The stack that it is about."""
        first = self.given[0]
        return first.stack if isinstance(first, Workspace | Resolved) else first


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What a call returned or raised. `key` tells two answers apart."""

    value: Any = None
    error: BaseException | None = None
    key: Any = None


Performed = tuple[CallAnswer, WorldValue]


def perform(call: PortCall, world: WorldValue, *, by: str) -> Performed:
    """Make the call in this world, for the pass of that name."""
    if REMOTE in world.away and call.method.startswith(("repo.", "ledger.")):
        return _failed(SourceError("the remote is away")), world
    try:
        return _METHODS[call.method](call, world, by)
    except HeliumError as error:
        return _failed(error), world


def _failed(error: HeliumError) -> CallAnswer:
    return CallAnswer(error=error, key=(type(error).__name__, str(error)))


def _head(call: PortCall, world: WorldValue, by: str) -> Performed:
    return CallAnswer(world.head, key=world.head), world


def _read(call: PortCall, world: WorldValue, by: str) -> Performed:
    return CallAnswer(world.ledger.snapshot, key=id(world.ledger)), world


def _fleet_record(call: PortCall, world: WorldValue, by: str) -> Performed:
    fleet_record = world.ledger.snapshot.fleet_record
    return CallAnswer(fleet_record, key=repr(fleet_record)), world


def _log(call: PortCall, world: WorldValue, by: str) -> Performed:
    _, since = call.given
    lines = tuple(line for line in world.ledger.lines if since is None or line.time >= since)
    return CallAnswer(lines, key=lines), world


def _write(call: PortCall, world: WorldValue, by: str) -> Performed:
    writes, on = call.given
    before, (fake, dropped) = world.ledger, _written(writes, on, world.ledger.snapshot)
    if not fake.writes:
        return CallAnswer((before.snapshot, dropped), key=(id(before), dropped)), world
    records = {name: it for name, it in fake.snapshot.records.items() if isinstance(it, Record)}
    ledger = LedgerInWorld(
        snapshot=fake.snapshot,
        lines=(*before.lines, *(line for line in fake.lines if _is_kept(line) and line not in before.lines)),
        known=before.known | {(name, record.added_at) for name, record in records.items()},
        announcer=deletions(before, records, by=by),
        protected=before.protected | {(name, one.added_at) for name, one in records.items() if one.protected},
    )
    later = replace(world, ledger=ledger)
    if ANSWERS in world.away:
        return _failed(SourceError("the remote did not say whether it took the push")), later
    return CallAnswer((ledger.snapshot, dropped), key=(ledger.key(), dropped)), later


def _is_kept(line: LogLine) -> bool:
    return line.sentence.startswith(("destroy:", "gone:"))


def _written(writes: Writes, on: Snapshot, head: Snapshot) -> tuple[FakeLedger, frozenset[str]]:
    fake = FakeLedger()
    fake.snapshot = head
    _, dropped = fake.write(writes, on=on)
    number = int(head.head or "0", 16) + 1
    fake.snapshot = replace(fake.snapshot, head=f"{number:040x}")
    return fake, dropped


def _observe(call: PortCall, world: WorldValue, by: str) -> Performed:
    ids = tuple(id for id, _ in world.state.stacks)
    listing = Listing(stacks=tuple(Stack(id) for id in ids), marker=bool(world.state.marker))
    return CallAnswer(listing, key=listing), world


def _ownership(call: PortCall, world: WorldValue, by: str) -> Performed:
    ownership = _there(call, world).ownership
    return CallAnswer(ownership, key=repr(ownership)), world


def _check_marker(call: PortCall, world: WorldValue, by: str) -> Performed:
    if not world.state.marker:
        raise StackMissingError(str(StackId.marker(FLEET)), "the state has no such stack")
    return CallAnswer(world.state.marker, key=world.state.marker), world


def _create_marker(call: PortCall, world: WorldValue, by: str) -> Performed:
    return CallAnswer(), replace(world, state=replace(world.state, marker=call.given[0]))


def _resolve_pending(call: PortCall, world: WorldValue, by: str) -> Performed:
    it = world.state.of(call.stack)
    if it is None:
        return CallAnswer(Resolved(call.stack), key="missing"), world
    it = _unlocked(call, world, it, by=by)
    # What looked whole and was cut short is looked for, and found.
    return CallAnswer(Resolved(call.stack, document={}), key="resolved"), _with(world, call, replace(it, pending=False))


def _up_begins(call: PortCall, world: WorldValue, by: str) -> Performed:
    workspace, options, begin_by = call.given
    _refuse_late(call, world, begin_by)
    it = world.state.of(call.stack)
    if it is None and isinstance(options, UpOptions) and options.resolved is not None:
        raise StackMissingError(str(call.stack), "the state has no such stack")
    if options.metadata_only and (it is None or it.empty):
        raise EngineError(str(call.stack), NOTHING_TO_TOUCH)
    it = _unlocked(call, world, it or StackInWorld(), by=by)
    life = life_of(workspace.spec.blob) if it.empty else it.life
    at_work = replace(it, ownership=workspace.ownership, pending=True, life=life, holder=by, since=world.now)
    return CallAnswer(), _with(world, call, at_work)


def _up_ends(call: PortCall, world: WorldValue, by: str) -> Performed:
    it = _still_held(call, world, by=by)
    if CLOUD in world.away:
        return _unanswered(call, world, it)
    whole = it.whole or not call.given[1].metadata_only
    outputs = {"url": f"https://{call.stack.name}"} if whole else {}
    built = Built(outputs=outputs, resources={"test:index:Thing": 1} if whole else {}, changed=1)
    done = replace(it, whole=whole, pending=False, holder="", since=None)
    return CallAnswer(built, key="built"), _with(world, call, done)


def _destroy_begins(call: PortCall, world: WorldValue, by: str) -> Performed:
    _refuse_late(call, world, call.given[1])
    it = _unlocked(call, world, _there(call, world), by=by)
    at_work = replace(it, pending=True, holder=by, since=world.now, begun=True)
    return CallAnswer(), _with(world, call, at_work)


def _destroy_ends(call: PortCall, world: WorldValue, by: str) -> Performed:
    it = _still_held(call, world, by=by)
    if CLOUD in world.away:
        return _unanswered(call, world, it)
    world = _with(world, call, StackInWorld())
    if it.ownership is not None:
        world = replace(world, ended=tuple(sorted((*world.ended, (it.ownership.name, it.ownership.added_at)))))
    return CallAnswer(), world


def _empty(call: PortCall, world: WorldValue, by: str) -> Performed:
    empty = _there(call, world).empty
    return CallAnswer(empty, key=empty), world


def _succeeded(call: PortCall, world: WorldValue, by: str) -> Performed:
    it = _there(call, world)
    return CallAnswer(it.whole and not it.pending, key=it.whole and not it.pending), world


def _remove(call: PortCall, world: WorldValue, by: str) -> Performed:
    it = world.state.of(call.stack)
    if it is None:
        return CallAnswer(), world
    if not _unlocked(call, world, it, by=by).empty:
        raise EngineError(str(call.stack), "it still has resources")
    return CallAnswer(), replace(world, state=world.state.with_(call.stack, None))


def _forget(call: PortCall, world: WorldValue, by: str) -> Performed:
    return CallAnswer(), world


def _unlock(call: PortCall, world: WorldValue, by: str) -> Performed:
    _refuse_late(call, world, call.given[1])
    return CallAnswer(), _with(world, call, replace(_there(call, world), holder="", since=None))


def _repair(call: PortCall, world: WorldValue, by: str) -> Performed:
    return CallAnswer("It is repaired."), replace(world, repaired=(*world.repaired, call.given[0].id))


def _still_held(call: PortCall, world: WorldValue, *, by: str) -> StackInWorld:
    """The stack, whose lock is this pass's. What slept beyond its time limit is ended when it wakes."""
    it = _there(call, world)
    if it.holder != by:
        raise EngineError(str(call.stack), "it was ended: it took longer than it may")
    return it


def _unanswered(call: PortCall, world: WorldValue, it: StackInWorld) -> Performed:
    error = EngineError(str(call.stack), "the cloud did not answer")
    return _failed(error), _with(world, call, replace(it, holder="", since=None))


def _refuse_late(call: PortCall, world: WorldValue, begin_by: datetime) -> None:
    """What slept for too long before it began is not begun: by then the stack may be another pass's."""
    if world.now > begin_by:
        raise EngineError(str(call.stack), "it was suspended before it began")


def _there(call: PortCall, world: WorldValue) -> StackInWorld:
    it = world.state.of(call.stack)
    if it is None:
        raise StackMissingError(str(call.stack), "the state has no such stack")
    return it


def _unlocked(call: PortCall, world: WorldValue, it: StackInWorld, *, by: str) -> StackInWorld:
    """The stack without a lock; `StackBusyError` while somebody holds it. All passes are of different machines."""
    if it.holder:
        machine = f"{MACHINES}{it.holder}"
        raise StackBusyError(str(call.stack), f"{it.holder} is at work on it", host=machine, since=it.since)
    return it


def _with(world: WorldValue, call: PortCall, it: StackInWorld) -> WorldValue:
    return replace(world, state=world.state.with_(call.stack, it))


_METHODS: dict[str, Callable[[PortCall, WorldValue, str], Performed]] = {
    "repo.head": _head,
    "ledger.read": _read,
    "ledger.fleet_record": _fleet_record,
    "ledger.log": _log,
    "ledger.write": _write,
    "engine.observe": _observe,
    "engine.ownership": _ownership,
    "engine.check_marker": _check_marker,
    "engine.create_marker": _create_marker,
    "engine.resolve_pending": _resolve_pending,
    "engine.up begins": _up_begins,
    "engine.up ends": _up_ends,
    "engine.destroy begins": _destroy_begins,
    "engine.destroy ends": _destroy_ends,
    "engine.empty": _empty,
    "engine.bare": _empty,
    "engine.succeeded": _succeeded,
    "engine.remove": _remove,
    "engine.forget": _forget,
    "engine.unlock": _unlock,
    "order.repair": _repair,
}

EMPTY_STATE = StateInWorld()
