"""What `list` and `show` print of workspaces, from main and the ledger alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import click

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.cli import tables
from helium.cli.asked_view import as_json, asked_rows, pairs, requests_by_name
from helium.cli.events_view import health_as_json, pods_line
from helium.cli.folding import clean
from helium.cli.options import CommandContext
from helium.core.change_request import RequestInProgress
from helium.core.deadlines import format_instant, time_left
from helium.core.digest import Json
from helium.core.drift import Drift
from helium.core.heartbeat import Heartbeat, heartbeat
from helium.core.observation import Observation
from helium.core.record import Record
from helium.core.spec import InvalidSpec, Spec
from helium.core.summary import Summary, summary_of
from helium.errors import NotFoundError
from helium.reconcile.load import Selection, as_fetched


def list_all(context: CommandContext) -> None:
    """Print a row for each workspace."""
    fleet, now = context.open(), clock()
    observed = as_fetched(fleet, Selection(), now=now).observed
    asked = asked_rows(requests_by_name(fleet), observed, now=now)
    rows = [row_of(name, observed, now=now) for name in {*observed.specs, *observed.records}]
    rows = sorted([*rows, *(_row(each, now=now) for each in asked.values())], key=lambda row: row["name"])
    beat = heartbeat(observed.fleet_record, now=now)
    if context.as_json:
        whole = {"fleet": fleet.fleet.name, "sandbox": list(fleet.fleet.sandbox), "workspaces": rows}
        context.emit({**whole, "passes": _beat_json(beat, now=now)})
        return
    tables.banner(fleet.fleet)
    if beat is not None and beat.is_late(now):
        tables.say(f"late: {beat.sentence(now)}", style="red")
    if not rows:
        click.echo("no workspaces yet; ask for one with helium new")
        return
    heads = ("WORKSPACE", "STATUS", "OWNER", "LEFT", "REASON")
    cells = [(r["name"], r["status"], r["owner"], r["left"], r["reason"]) for r in rows]
    tables.show(tables.table(heads, cells, styled=1, drops=("OWNER", "LEFT")))


def _beat_json(beat: Heartbeat | None, *, now: datetime) -> Json:
    if beat is None:
        return None
    times = {"last_good": format_instant(beat.good), "next": format_instant(beat.expected)}
    return {**times, "late": beat.is_late(now)}


def row_of(name: str, observed: Observation, *, now: datetime) -> dict[str, Json]:
    """What every command prints of a workspace."""
    return _row(summary_of(name, observed, now=now), now=now)


def _row(row: Summary, *, now: datetime) -> dict[str, Json]:
    return {
        "name": row.name,
        "status": row.status.value,
        "owner": row.owner,
        "deadline": format_instant(row.deadline) if row.deadline else None,
        "left": time_left(row.deadline, now) if row.deadline else "",
        "reason": row.reason,
        "backend": row.backend,
        "protected": row.protected,
        "held": row.held,
    }


def show_one(context: CommandContext, name: str, *, reach: bool) -> None:
    """Print everything about one workspace, or only how to reach it; `NotFoundError` without file and record."""
    fleet, now = context.open(), clock()
    # Selected, so that its file is read although its record knows it: what it says may be in how to reach it.
    fills_in = any("connect" in entry for entry in fleet.fleet.backends.values())
    selection = Selection(roll=frozenset({name})) if fills_in else Selection()
    observed = as_fetched(fleet, selection, now=now).observed
    file, record = observed.specs.get(name), observed.records.get(name)
    requests = requests_by_name(fleet)
    if file is None and record is None:
        row = asked_rows(requests, observed, now=now).get(name)
        if row is None:
            raise NotFoundError(name)
        _show_asked(context, fleet, row=row, requests=requests.get(name, ()))
        return
    known = record if isinstance(record, Record) else None
    ways = _ways(name, observed, now=now)
    whole = {**row_of(name, observed, now=now), "path": file.path if file else None, **ways.as_json}
    whole |= _remembered(known)
    whole["log"] = f"helium show {name} --log" if fleet.ledger.diagnostics(name) else ""
    whole["file_errors"] = [str(issue) for issue in file.issues] if isinstance(file, InvalidSpec) else []
    asked = requests.get(name, ())
    if context.as_json:
        context.emit(ways.as_json["connection"] if reach else {**whole, "requests": as_json(asked)})
        return
    whole["pods"] = pods_line(known.health if known else None, now=now)
    tables.banner(fleet.fleet)
    tables.pairs(ways.pairs if reach else [*_pairs(whole, ways.pairs), *pairs(asked)])


def _show_asked(
    context: CommandContext, fleet: OpenFleet, *, row: Summary, requests: tuple[RequestInProgress, ...]
) -> None:
    """What is known of a workspace that somebody asks for, and that has neither file nor record yet."""
    if context.as_json:
        context.emit({**_row(row, now=clock()), "path": None, "requests": as_json(requests)})
        return
    tables.banner(fleet.fleet)
    status = f"{row.status}: {row.reason}"
    tables.pairs([("workspace", row.name), ("status", status), ("owner", row.owner), *pairs(requests)])


def show_failure(context: CommandContext, name: str) -> None:
    """Print what Pulumi said when it failed; a sentence where nothing is kept. `NotFoundError` as above."""
    fleet, now = context.open(), clock()
    observed = as_fetched(fleet, Selection(names=frozenset({name})), now=now).observed
    if name not in observed.specs and name not in observed.records:
        raise NotFoundError(name)
    text = fleet.ledger.diagnostics(name)
    if context.as_json:
        context.emit({"name": name, "log": text})
    elif text:
        click.echo(clean(text))
    else:
        word = row_of(name, observed, now=now)["status"]
        tables.say(f"No log is kept of {name}: it is {word}. Only a failure leaves one, until it is ready or gone.")


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
        "health": health_as_json(record.health),
        "drift": _drift_as_json(record.drift),
    }


def _drift_as_json(drift: Drift | None) -> Json:
    if drift is None:
        return None
    return {
        "looked": format_instant(drift.looked),
        "since": tables.instant(drift.since),
        "found": list(drift.found),
        "could_not_look": drift.unseen,
    }


def _drift_pairs(drift: Mapping[str, Json] | None) -> list[tuple[str, str]]:
    """Since when it has drifted, and where; or why nobody can tell."""
    if drift is None:
        return []
    unseen = f"could not be looked at {drift['looked']}: {drift['could_not_look']}" if drift["could_not_look"] else ""
    since = f"since {drift['since']} (seen {drift['looked']})" if drift["found"] else ""
    return [("drifted", since), *(("", line) for line in drift["found"]), ("drift", unseen)]


@dataclass(frozen=True, slots=True)
class PrintedConnections:
    """How to reach it, for a machine (the five strings and the list), and as the pairs that a person is shown."""

    as_json: dict[str, Json]
    pairs: list[tuple[str, str]]


def _ways(name: str, observed: Observation, *, now: datetime) -> PrintedConnections:
    # Here, because `list` says of no workspace how to reach it.
    from helium.core.connections import ways_in

    file, record = observed.specs.get(name), observed.records.get(name)
    known = record if isinstance(record, Record) else None
    recipe = observed.recipes.get(file.backend) if isinstance(file, Spec) else None
    placement = known.placement if known else recipe.placement if recipe else {}
    said = file.fields if isinstance(file, Spec) else None
    row = summary_of(name, observed, now=now)
    ways = ways_in(row, fleet=observed.fleet, record=known, said=said, placement=placement)
    listed, strings = [asdict(each) for each in ways.listed], asdict(ways.strings)
    # An instance's own labels; every other workspace has its strings under their own names.
    own = "connect" in observed.fleet.backends.get(row.backend, {})
    pairs = [(each["label"], each["text"]) for each in listed] if own else list(strings.items())
    return PrintedConnections({"connection": strings, "connections": listed}, pairs)


def _pairs(whole: Mapping[str, Json], reach: list[tuple[str, str]]) -> list[tuple[str, str]]:
    left = f" ({whole['left']})" if whole["left"] else ""
    resources = ", ".join(f"{count} {kind.rpartition(':')[2]}" for kind, count in whole.get("resources", {}).items())
    return [
        ("workspace", whole["name"]),
        ("status", f"{whole['status']}{': ' if whole['reason'] else ''}{whole['reason']}"),
        ("owner", whole["owner"]),
        ("deadline", f"{whole['deadline']}{left}" if whole["deadline"] else ""),
        ("added", whole.get("added_at", "")),
        ("protected", "yes" if whole["protected"] else ""),
        *reach,
        ("bucket", whole.get("outputs", {}).get("bucket", "")),
        ("file", whole["path"] or "none"),
        ("stack", whole.get("stack", "")),
        ("resources", resources),
        ("pods", whole.get("pods", "")),
        *_drift_pairs(whole.get("drift")),
        ("labels", ", ".join(f"{key}={value}" for key, value in whole.get("labels", {}).items())),
        ("commit", whole.get("commit", "")[:10]),
        ("error", whole.get("error", "")),
        ("its log", whole["log"]),
        ("next try", whole.get("next_attempt", "")),
        ("run", whole.get("run_url", "")),
        *(("file error", issue) for issue in whole["file_errors"]),
    ]
