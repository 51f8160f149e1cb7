"""Ends what no file explains, by name: drops the record of a lost stack, or adopts a stack so that a pass destroys it.

It refuses what is not such an orphan, and a stack that does not say that it is this fleet's.
"""

from __future__ import annotations

from dataclasses import replace

from helium.app.accept_loss import accept_loss as accept_unread
from helium.app.open_fleet import OpenFleet
from helium.app.run import clock, run_here
from helium.core.plan import Change, Code, Overrides, Plan
from helium.core.spec import REQUESTED, Removal
from helium.core.stack import Stack
from helium.errors import EngineError, SourceError, UsageError
from helium.ports.engine import Engine
from helium.ports.ledger import Writes
from helium.reconcile.decide import decide
from helium.reconcile.load import Selection
from helium.reconcile.repair import accept_loss, rebuilt, refuse_newer

UNKNOWN = (Code.NO_RECORD, Code.CORRUPT_RECORD)
"""Whose a stack with these codes is, only the ownership inside it can say."""


def planned(fleet: OpenFleet, selection: Selection | None = None) -> Plan:
    """What a pass would do now; nothing is changed."""
    with fleet.ports(applies=False) as ports:
        return decide(ports, selection or Selection(), overrides=Overrides(), clock=clock).plan


def forget_orphan(fleet: OpenFleet, plan: Plan, *, name: str, by: str) -> tuple[str, ...]:
    """Drop the record of a stack that is lost, as `by` says; where the state files are now that nobody could read."""
    change = plan.of(name)
    snapshot = fleet.ledger.read()
    refuse_newer({each: record for each, record in snapshot.records.items() if each == name})
    if change is not None and change.code is Code.CORRUPT_RECORD and not _has_stack(fleet, name):
        fleet.ledger.write(Writes({name: None}, message=f"Forget {name}, whose record cannot be read"), on=snapshot)
        return ()
    if change is not None and change.code is Code.CORRUPT_STACK:
        if snapshot.fleet_record is None:
            raise SourceError("there is no ledger yet; the first pass (helium reconcile) creates it")
        accepted = accept_unread(fleet, snapshot, fleet_record=snapshot.fleet_record, names=(name,), state=False, by=by)
        return accepted.files
    if change is None or change.code is not Code.LOST_STACK:
        raise UsageError(
            f"{name} cannot be forgotten: it is not a record without its stack{_instead(change)}. "
            "helium orphans lists those that can."
        )
    lost = accept_loss(snapshot.records, (name,), now=clock(), by=by, run=run_here(fleet.settings).id)
    fleet.ledger.write(Writes(lost.records, None, lost.lines, f"Forget {name}, whose stack is lost"), on=snapshot)
    return ()


def adopt_orphan(fleet: OpenFleet, plan: Plan, *, name: str, by: str) -> bool:
    """Write the record that the stack's ownership proves, with `by`'s request to delete, so that a pass destroys it.

    False where the stack was empty, and is removed already.
    """
    change = plan.of(name)
    refuse_newer({each: record for each, record in fleet.ledger.read().records.items() if each == name})
    if change is None or change.code not in UNKNOWN or change.blob is not None:
        raise UsageError(
            f"{name} cannot be destroyed here: it is not a stack without file and record{_instead(change)}. "
            "helium orphans lists those that can."
        )
    with fleet.ports() as ports:
        stack = next((stack for stack in ports.engine.observe().stacks if stack.id.name == name), None)
        if stack is None:
            raise UsageError(f"{name} has no stack to destroy; helium orphans --forget {name} drops its record")
        if ports.engine.ownership(stack.id) is None:
            _remove_empty(ports.engine, stack)
            return False
        _adopt(fleet, ports.engine, stack=stack, by=by)
        return True


def _has_stack(fleet: OpenFleet, name: str) -> bool:
    with fleet.ports() as ports:
        return any(stack.id.name == name for stack in ports.engine.observe().stacks)


def _remove_empty(engine: Engine, stack: Stack) -> None:
    if not engine.empty(stack.id):
        raise EngineError(
            str(stack.id),
            "it does not say which fleet it belongs to, so it was not destroyed. If it is yours, use pulumi destroy.",
        )
    engine.remove(stack.id)


def _adopt(fleet: OpenFleet, engine: Engine, *, stack: Stack, by: str) -> None:
    now, name = clock(), stack.id.name
    records = rebuilt({stack.id: engine.ownership(stack.id)}, {}, now=now)
    if not records:
        raise EngineError(
            str(stack.id), "it belongs to another fleet or workspace, so it was not destroyed. Destroy it from there."
        )
    head = fleet.repo.head()
    # Of the commit that took its file away, if history knows one: a pass that meets it must not take it for another.
    removal = fleet.repo.removals(head, since=None).get(name, Removal(name, head, now))
    record = replace(records[0], removed=replace(removal, time=now, origin=REQUESTED), released=True)
    snapshot = fleet.ledger.read()
    message = f"Note {name}, an orphan that {by} wants destroyed"
    fleet.ledger.write(Writes({name: record}, message=message), on=snapshot)


def _instead(change: Change | None) -> str:
    return "" if change is None else f" ({change.code.value}: {change.reason})"
