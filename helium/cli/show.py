"""Commands that look at workspaces: all of them, one, and why one is as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import click

from helium.app import OpenFleet, clock
from helium.cli import tables
from helium.cli.options import CommandContext, on_fleet
from helium.cli.plan import passed
from helium.core.connection import connection
from helium.core.digest import Json
from helium.core.expiry import format_instant, time_left
from helium.core.observation import Observation
from helium.core.plan import Plan
from helium.core.record import Record
from helium.core.spec import InvalidSpec, Spec
from helium.core.summary import summary
from helium.errors import NotFoundError
from helium.reconcile import report
from helium.reconcile.load import Selection, without_state
from helium.reconcile.loop import PassOptions


@click.command(name="list", short_help="Every workspace: phase, owner, time left, reason.")
@on_fleet
def listed(context: CommandContext) -> None:
    """Every workspace with its phase, owner, time left and reason; also those that no pass has seen yet.

    \b
    Example: helium list
    """
    fleet, now = context.open(), clock()
    observed = without_state(fleet, Selection(), now=now).observed
    rows = [_row(name, observed, now=now) for name in sorted({*observed.specs, *observed.records})]
    if context.as_json:
        context.emit({"fleet": fleet.fleet.name, "sandbox": list(fleet.fleet.sandbox), "workspaces": rows})
        return
    tables.banner(fleet.fleet)
    if not rows:
        click.echo("no workspace yet; helium new asks for one")
        return
    heads = ("WORKSPACE", "PHASE", "OWNER", "LEFT", "REASON")
    cells = [(r["name"], r["status"], r["owner"], r["left"], r["reason"]) for r in rows]
    tables.show(tables.table(heads, cells, styled=1))


def _row(name: str, observed: Observation, *, now: datetime) -> dict[str, Json]:
    row = summary(
        name,
        observed.specs.get(name),
        record=observed.records.get(name),
        addition=observed.additions.get(name),
        defaults=observed.fleet.defaults,
        now=now,
    )
    return {
        "name": name,
        "status": row.status.value,
        "owner": row.owner,
        "deadline": format_instant(row.deadline) if row.deadline else None,
        "left": time_left(row.deadline, now) if row.deadline else "",
        "reason": row.reason,
        "backend": row.backend,
        "protected": row.protected,
        "held": row.held,
    }


@click.command(short_help="One workspace: everything, with how to reach it.")
@click.argument("name")
@click.option("--reach", is_flag=True, help="Only the strings that reach it.")
@on_fleet
def show(context: CommandContext, name: str, *, reach: bool) -> None:
    """Everything about one workspace, with the strings that reach it, to be pasted.

    \b
    Example: helium show caribou-x3k9q2
    """
    fleet, now = context.open(), clock()
    observed = without_state(fleet, Selection(), now=now).observed
    file, record = observed.specs.get(name), observed.records.get(name)
    if file is None and record is None:
        raise NotFoundError(name)
    known = record if isinstance(record, Record) else None
    recipe = observed.recipes.get(file.backend) if isinstance(file, Spec) else None
    placement = known.placement if known else recipe.placement if recipe else {}
    ways = asdict(connection(name, placement, outputs=known.outputs if known else {}))
    whole = {**_row(name, observed, now=now), "path": file.path if file else None, "connection": ways}
    whole |= _remembered(known)
    whole["faults"] = [str(fault) for fault in file.faults] if isinstance(file, InvalidSpec) else []
    if context.as_json:
        context.emit(ways if reach else whole)
        return
    tables.banner(fleet.fleet)
    tables.pairs(ways.items() if reach else _pairs(whole))


def _remembered(record: Record | None) -> dict[str, Json]:
    """What the ledger adds."""
    if record is None:
        return {}
    return {
        "added_at": format_instant(record.added_at),
        "stack": record.stack,
        "outputs": dict(record.outputs),
        "resources": dict(record.resources),
        "labels": dict(record.labels),
        "commit": record.commit,
        "program": record.program,
        "error": record.error,
        "attempts": record.attempts,
        "next_attempt": tables.instant(record.next_attempt_at),
        "updated": format_instant(record.updated_at),
        "run_url": record.run_url,
    }


def _pairs(whole: Mapping[str, Json]) -> list[tuple[str, str]]:
    left = f" ({whole['left']})" if whole["left"] else ""
    reach = whole["connection"]
    resources = ", ".join(f"{count} {kind.rpartition(':')[2]}" for kind, count in whole.get("resources", {}).items())
    return [
        ("workspace", whole["name"]),
        ("phase", f"{whole['status']}{': ' if whole['reason'] else ''}{whole['reason']}"),
        ("owner", whole["owner"]),
        ("deadline", f"{whole['deadline']}{left}" if whole["deadline"] else ""),
        ("added", whole.get("added_at", "")),
        ("protected", "yes" if whole["protected"] else ""),
        ("kubernetes", reach["kubernetes"]),
        ("namespace", reach["namespace"]),
        ("console", reach["console"]),
        ("notebooks", reach["notebooks"]),
        ("pachctl", reach["pachctl"]),
        ("bucket", whole.get("outputs", {}).get("bucket", "")),
        ("file", whole["path"] or "none"),
        ("stack", whole.get("stack", "")),
        ("resources", resources),
        ("labels", ", ".join(f"{key}={value}" for key, value in whole.get("labels", {}).items())),
        ("commit", whole.get("commit", "")[:10]),
        ("error", whole.get("error", "")),
        ("next try", whole.get("next_attempt", "")),
        ("run", whole.get("run_url", "")),
        *(("fault", fault) for fault in whole["faults"]),
    ]


@click.command(short_help="Why a workspace is as it is, with the facts behind it.")
@click.argument("name")
@on_fleet
def why(context: CommandContext, name: str) -> None:
    """What the next pass would do with a workspace, why, and the facts that say so.

    \b
    Example: helium why caribou-x3k9q2
    """
    fleet = context.open()
    plan = passed(fleet, PassOptions(dry=True), show=lambda _: None).plan
    change = plan.of(name)
    if change is None:
        raise NotFoundError(name)
    observed: dict[str, Json] = {"name": name, "kind": change.kind, "code": change.code.value, "reason": change.reason}
    observed |= {"backend": change.backend, "digest": change.digest, "blob": change.blob, "program": change.program}
    observed["deadline"] = tables.instant(change.deadline)
    observed |= _behind(fleet, plan, name=name)
    if context.as_json:
        context.emit(observed)
        return
    tables.banner(fleet.fleet)
    tables.pairs((key.replace("_", " "), str(value or "")) for key, value in observed.items() if key != "name")


def _behind(fleet: OpenFleet, plan: Plan, *, name: str) -> dict[str, str]:
    """The commit that last touched its file, its last outcome, and what the brakes say of it."""
    commits = fleet.repo.commits(name, commit=plan.commit)
    lines = list(fleet.ledger.log(name=name))
    record = fleet.ledger.read().records.get(name)
    refusals = [report.refused(refusal) for refusal in plan.refusals if name in refusal.names]
    return {
        "commit": f"{commits[0].id[:10]} {commits[0].subject} ({commits[0].author})" if commits else "",
        "last_outcome": f"{format_instant(lines[-1].time)} {lines[-1].sentence}" if lines else "",
        "phase": record.phase.value if isinstance(record, Record) else "",
        "refused": "; ".join(refusals),
    }


COMMANDS = (listed, show, why)
