"""What a pass writes down before it starts on a change: whoever finds its record later knows what was under way.

It starts nothing, and writes nothing by itself: that the ledger has it, before anything starts, is the caller's part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from helium.core.amounts import Amounts
from helium.core.estimates import Estimate, keeps_program, made
from helium.core.incarnations import same_incarnation
from helium.core.plan import Destroy, Work
from helium.core.record import Record
from helium.core.spec import RELEASED
from helium.core.transitions import begun, deleting
from helium.reconcile.apply import ApplyContext
from helium.reconcile.stack_locks import machines_of


def announce(work: Sequence[Work], context: ApplyContext, *, now: datetime) -> None:
    """Put `creating`, `updating` and `deleting` into the writer; the caller flushes before anything starts."""
    amounts = _amounts(work, context)
    for change in work:
        record = context.writer.record(change.name)
        new = _announced(change, record, context=context, now=now)
        # Noted before it begins, and kept: what a program says later changes nothing of what was counted.
        if new is not None and change.name in amounts:
            new = replace(new, amounts=amounts[change.name])
        context.writer.put(change.name, new)


def _amounts(work: Sequence[Work], context: ApplyContext) -> Mapping[str, Amounts | None]:
    """What each that is made with today's program takes, by name; `None` where nobody knows. Others keep theirs."""
    workspaces = made(work)
    if context.ports.estimator is None or not workspaces:
        return {}
    estimates = context.ports.estimator.estimates(workspaces, recipes=context.observed.recipes)
    for name, estimate in estimates.items():
        if estimate.why:
            context.progress.note(f"{name}: What it takes is unknown: {estimate.why}.")
    return {each.name: estimates.get(each.name, Estimate()).amounts for each in workspaces}


def _announced(change: Work, record: Record | None, *, context: ApplyContext, now: datetime) -> Record | None:
    if isinstance(change, Destroy):
        new = None if record is None else deleting(record, now=now, released=change.origin == RELEASED)
    else:
        # A record that a killed pass only announced may be of another incarnation than the file is now. Going on from
        # it would keep its `added_at`, and the stack's own ownership would then contradict the record.
        goes_on = record and not record.emptied and same_incarnation(record, change.workspace.ownership)
        lifetime = context.observed.fleet.lifetimes.of(change.workspace.spec.team).usual
        base = record if goes_on else None
        keeps = keeps_program(change)
        new = begun(change.workspace, record=base, now=now, lifetime=lifetime, metadata_only=keeps)
    if new is None:
        return None
    return replace(
        new,
        commit=context.observed.commit,
        code=change.code.value,
        reason=change.reason,
        host=context.run.host,
        machines=machines_of(record, context.run),
        run_url=context.run.url,
    )
