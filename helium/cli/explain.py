"""What `helium why` prints: the change of the next plan, with the facts behind it."""

from __future__ import annotations

from dataclasses import replace

from helium.app.open_fleet import OpenFleet
from helium.app.preview import preview
from helium.app.run import clock
from helium.cli import tables
from helium.cli.options import CommandContext
from helium.core.deadlines import format_instant
from helium.core.digest import Json
from helium.core.plan import Plan
from helium.core.record import CorruptRecord, Record
from helium.errors import NotFoundError
from helium.reconcile import report
from helium.reconcile.load import Selection, as_fetched


def explain(context: CommandContext, name: str, *, state: bool) -> None:
    """Print it; `NotFoundError` when neither main nor ledger nor state knows the name."""
    fleet, now = context.open(), clock()
    observed = as_fetched(fleet, Selection(), now=now).observed
    # A plan in which a safeguard doubts this machine's clock is explained as well.
    observed = replace(observed, remote_time=fleet.repo.remote_time())
    plan = _planned_with_state(fleet) if state else preview(fleet, observed, now=now)
    if plan.of(name) is None and not state:
        # A stack without file and record is known to the state alone.
        plan = _planned_with_state(fleet)
    change = plan.of(name)
    if change is None:
        raise NotFoundError(name)
    facts: dict[str, Json] = {"name": name, "kind": change.kind, "code": change.code.value, "reason": change.reason}
    facts |= {"backend": change.backend, "digest": change.digest, "blob": change.blob, "program": change.program}
    facts["deadline"] = tables.instant(change.deadline)
    facts |= _behind(fleet, plan, name=name, record=observed.records.get(name))
    if context.as_json:
        context.emit(facts)
        return
    tables.banner(fleet.fleet)
    tables.pairs((key.replace("_", " "), str(value or "")) for key, value in facts.items() if key != "name")


def _planned_with_state(fleet: OpenFleet) -> Plan:
    # Here, because these import the engine, which most questions do not need.
    from helium.cli.run_pass import run_pass
    from helium.reconcile.loop import PassOptions

    return run_pass(fleet, PassOptions(dry=True), show=lambda _: None).plan


def _behind(fleet: OpenFleet, plan: Plan, *, name: str, record: Record | CorruptRecord | None) -> dict[str, str]:
    """The commit that last touched its file, its last outcome, and what the safeguards say of it."""
    commits = fleet.repo.commits(name, commit=plan.commit)
    lines = list(fleet.ledger.log(name=name))
    refusals = report.refusals_of(plan, name)
    return {
        "commit": f"{commits[0].id[:10]} {commits[0].subject} ({commits[0].author})" if commits else "",
        "last_outcome": f"{format_instant(lines[-1].time)} {lines[-1].sentence}" if lines else "",
        "phase": record.phase.value if isinstance(record, Record) else "",
        "drift": "; ".join(record.drift.found) if isinstance(record, Record) and record.drift else "",
        "refused": "; ".join(refusals),
    }
