"""What `helium orphans` does: list, forget a lost record, or destroy a stack that has neither file nor record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import click

from helium.app.accept_loss import accept_loss as accept_unread
from helium.app.open_fleet import OpenFleet
from helium.app.run import clock, run_here
from helium.cli import tables
from helium.cli.ledger import fleet_record_of
from helium.cli.options import CommandContext
from helium.cli.run_pass import exit_code_of, run_pass
from helium.core.plan import Change, Code, Keep, Plan
from helium.core.spec import REQUESTED, Removal
from helium.core.stack import Stack
from helium.errors import EngineError, UsageError
from helium.ports.engine import Engine
from helium.ports.ledger import Writes
from helium.reconcile import report
from helium.reconcile.load import Selection
from helium.reconcile.loop import PassOptions
from helium.reconcile.repair import accept_loss, rebuilt, refuse_newer

_KINDS = {
    Code.NO_RECORD: "stack without a record",
    Code.FOREIGN: "stack that is not this fleet's",
    Code.LOST_STACK: "record without its stack",
    Code.TWO_STACKS: "two stacks of one name",
    Code.CORRUPT_RECORD: "record that cannot be read",
    Code.CORRUPT_STACK: "stack that cannot be opened",
}
_UNKNOWN = (Code.NO_RECORD, Code.CORRUPT_RECORD)
"""Whose a stack with these codes is, only the ownership inside it can say."""


def run(context: CommandContext, *, forget: str | None, destroy: str | None) -> None:
    """List orphans, or end the one that was named; `UsageError` when it is not such an orphan."""
    fleet = context.open()
    plan = run_pass(fleet, PassOptions(dry=True), show=lambda _: None).plan
    known = fleet.ledger.read().records
    refuse_newer({name: known[name] for name in (forget, destroy) if name and name in known})
    if forget:
        _forget(context, fleet, plan=plan, name=forget)
    elif destroy:
        _destroy(context, fleet, plan=plan, name=destroy)
    else:
        _listed(context, fleet, plan=plan)


def _listed(context: CommandContext, fleet: OpenFleet, *, plan: Plan) -> None:
    found = [change for change in plan.changes if change.code in _KINDS]
    rows = [(change.name, _kind(change), change.reason) for change in found]
    rows += [(name, "stack of another fleet", "it is in the same state, and is left alone") for name in plan.foreign]
    if context.as_json:
        context.emit({"orphans": [{"name": name, "what": what, "reason": reason} for name, what, reason in rows]})
        return
    tables.banner(fleet.fleet)
    if rows:
        tables.show(tables.table(("NAME", "WHAT", "REASON"), rows))
    else:
        click.echo("no orphans: every stack has a file or a record, and every record has a stack")


def _kind(change: Change) -> str:
    """What it is; a held change has a record, which its stack disproves."""
    if isinstance(change, Keep) and change.held is not None and change.code is Code.NO_RECORD:
        return "stack that does not fit its record"
    return _KINDS[change.code]


def _forget(context: CommandContext, fleet: OpenFleet, *, plan: Plan, name: str) -> None:
    change = plan.of(name)
    snapshot = fleet.ledger.read()
    if change is not None and change.code is Code.CORRUPT_RECORD and not _has_stack(fleet, name):
        fleet.ledger.write(Writes({name: None}, message=f"Forget {name}, whose record cannot be read"), on=snapshot)
        _emit(context, {"forgotten": name}, sentence=f"{name} is forgotten; its history stays in the log")
        return
    if change is not None and change.code is Code.CORRUPT_STACK:
        lost_record = fleet_record_of(snapshot, fleet)
        accepted = accept_unread(fleet, snapshot, fleet_record=lost_record, names=(name,), state=False)
        where = f"its state file, which cannot be read, is now {', '.join(accepted.files)}"
        value = {"forgotten": name, "files": accepted.files}
        _emit(context, value, sentence=f"{name} is forgotten; its history stays in the log. {where}")
        return
    if change is None or change.code is not Code.LOST_STACK:
        raise UsageError(
            f"{name} cannot be forgotten: it is not a record without its stack{_instead(change)}. "
            "helium orphans lists those that can."
        )
    lost = accept_loss(snapshot.records, (name,), now=clock(), by=fleet.person(), run=run_here(fleet.settings).id)
    fleet.ledger.write(Writes(lost.records, None, lost.lines, f"Forget {name}, whose stack is lost"), on=snapshot)
    _emit(context, {"forgotten": name}, sentence=f"{name} is forgotten; its history stays in the log")


def _has_stack(fleet: OpenFleet, name: str) -> bool:
    with fleet.ports() as ports:
        return any(stack.id.name == name for stack in ports.engine.observe().stacks)


def _destroy(context: CommandContext, fleet: OpenFleet, *, plan: Plan, name: str) -> None:
    """Write the record that the stack's ownership proves, with a person's request to delete, and run a pass."""
    change = plan.of(name)
    if change is None or change.code not in _UNKNOWN or change.blob is not None:
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
            _emit(context, {"removed": name}, sentence=f"the stack of {name} was empty, and is removed")
            return
        _adopt(fleet, ports.engine, stack=stack)
    result = run_pass(fleet, PassOptions(selection=Selection(names=frozenset((name,)))), show=lambda _: None)
    outcomes = [report.outcome_json(outcome) for outcome in result.outcomes]
    refusals = report.refusals_of(result.plan, name)
    summary = report.done(result.outcomes) or "; ".join(refusals) or "nothing was done; see helium why"
    _emit(context, {"outcomes": outcomes, "refused": refusals}, sentence=summary)
    click.get_current_context().exit(exit_code_of(result))


def _remove_empty(engine: Engine, stack: Stack) -> None:
    if not engine.empty(stack.id):
        raise EngineError(
            str(stack.id),
            "it does not say which fleet it belongs to, so it was not destroyed. If it is yours, use pulumi destroy.",
        )
    engine.remove(stack.id)


def _adopt(fleet: OpenFleet, engine: Engine, *, stack: Stack) -> None:
    now, name = clock(), stack.id.name
    records = rebuilt({stack.id: engine.ownership(stack.id)}, {}, now=now)
    if not records:
        raise EngineError(
            str(stack.id), "it belongs to another fleet or workspace, so it was not destroyed. Destroy it from there."
        )
    head = fleet.repo.head()
    # Of the commit that took its file away, if history knows one: a pass that meets it must not take it for another.
    removal = fleet.repo.removals(head, since=None).get(name, Removal(name, head, now))
    record = replace(records[0], removed=replace(removal, time=now, origin=REQUESTED))
    snapshot = fleet.ledger.read()
    message = f"Note {name}, an orphan that {fleet.person()} wants destroyed"
    fleet.ledger.write(Writes({name: record}, message=message), on=snapshot)


def _instead(change: Change | None) -> str:
    return "" if change is None else f" ({change.code.value}: {change.reason})"


def _emit(context: CommandContext, value: Mapping[str, object], *, sentence: str) -> None:
    if context.as_json:
        context.emit(dict(value))
    else:
        click.echo(sentence)
