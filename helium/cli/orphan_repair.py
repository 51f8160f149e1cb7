"""What `helium orphans` does: list, forget a lost record, or destroy a stack that has neither file nor record."""

from __future__ import annotations

from collections.abc import Mapping

import click

from helium.app.open_fleet import OpenFleet
from helium.app.orphans import adopt_orphan, forget_orphan, planned
from helium.cli import tables
from helium.cli.options import CommandContext
from helium.cli.run_pass import exit_code_of, run_pass
from helium.core.plan import Change, Code, Keep, Plan
from helium.reconcile import report
from helium.reconcile.load import Selection
from helium.reconcile.loop import PassOptions

_KINDS = {
    Code.NO_RECORD: "stack without a record",
    Code.FOREIGN: "stack that is not this fleet's",
    Code.LOST_STACK: "record without its stack",
    Code.TWO_STACKS: "two stacks of one name",
    Code.CORRUPT_RECORD: "record that cannot be read",
    Code.CORRUPT_STACK: "stack that cannot be opened",
}


def run(context: CommandContext, *, forget: str | None, destroy: str | None) -> None:
    """List orphans, or end the one that was named; `UsageError` when it is not such an orphan."""
    fleet = context.open()
    plan = planned(fleet)
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
    files = forget_orphan(fleet, plan, name=name, by=fleet.person())
    where = f". its state file, which cannot be read, is now {', '.join(files)}" if files else ""
    value = {"forgotten": name, "files": files} if files else {"forgotten": name}
    _emit(context, value, sentence=f"{name} is forgotten; its history stays in the log{where}")


def _destroy(context: CommandContext, fleet: OpenFleet, *, plan: Plan, name: str) -> None:
    """Adopt it, with a person's request to delete, and run a pass."""
    if not adopt_orphan(fleet, plan, name=name, by=fleet.person()):
        _emit(context, {"removed": name}, sentence=f"the stack of {name} was empty, and is removed")
        return
    result = run_pass(fleet, PassOptions(selection=Selection(names=frozenset((name,)))), show=lambda _: None)
    outcomes = [report.outcome_json(outcome) for outcome in result.outcomes]
    refusals = report.refusals_of(result.plan, name)
    summary = report.done(result.outcomes) or "; ".join(refusals) or "nothing was done; see helium why"
    _emit(context, {"outcomes": outcomes, "refused": refusals}, sentence=summary)
    click.get_current_context().exit(exit_code_of(result))


def _emit(context: CommandContext, value: Mapping[str, object], *, sentence: str) -> None:
    if context.as_json:
        context.emit(dict(value))
    else:
        click.echo(sentence)
