"""What `list` and `show` print of workspaces, from wherever the fleet is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import click

from helium.app.run import clock
from helium.cli import tables
from helium.cli.events_view import health_as_json, pods_line
from helium.cli.folding import clean
from helium.cli.options import CommandContext
from helium.core.deadlines import format_instant, time_left
from helium.core.digest import Json
from helium.core.drift import Drift
from helium.core.fleet_view import AskedChange, RememberedFacts, WorkspaceDetails
from helium.core.heartbeat import Heartbeat
from helium.core.summary import Summary


def list_all(context: CommandContext) -> None:
    """Print a row for each workspace."""
    access, now = context.access(), clock()
    listed = access.listed(now)
    rows, beat = [as_row(each, now=now) for each in listed.rows], listed.beat
    if context.as_json:
        whole = {"fleet": listed.label.name, "sandbox": list(listed.label.sandbox), "workspaces": rows}
        context.emit({**whole, "passes": _beat_json(beat, now=now)})
        return
    tables.banner(listed.label)
    if beat is not None and beat.is_late(now):
        tables.say(f"late: {beat.sentence(now)}", style="red")
    for sentence in listed.silent:
        tables.say(f"not everybody is told: {sentence}", style="yellow")
    if not rows:
        click.echo("no workspaces yet; ask for one with helium new")
        return
    # A column of prices only where there are any.
    money = ("A DAY",) if any("cost_per_day" in r for r in rows) else ()
    heads = ("WORKSPACE", "STATUS", "OWNER", "LEFT", *money, "REASON")
    cells = [
        (r["name"], r["status"], r["owner"], r["left"], *(r.get("cost_per_day", "") for _ in money), r["reason"])
        for r in rows
    ]
    tables.show(tables.table(heads, cells, styled=1, drops=("OWNER", *money, "LEFT")))


def _beat_json(beat: Heartbeat | None, *, now: datetime) -> Json:
    if beat is None:
        return None
    times = {"last_good": format_instant(beat.good), "next": format_instant(beat.expected)}
    return {**times, "late": beat.is_late(now)}


def as_row(row: Summary, *, now: datetime) -> dict[str, Json]:
    """What every command prints of a workspace."""
    return {
        "name": row.name,
        "status": row.status.value,
        "owner": row.owner,
        "deadline": format_instant(row.deadline) if row.deadline else None,
        "left": time_left(row.deadline, now) if row.deadline else "",
        **({"moved_from": format_instant(row.moved_from)} if row.moved_from else {}),
        "reason": row.reason,
        "backend": row.backend,
        "protected": row.protected,
        "held": row.held,
        "undo_until": tables.instant(row.undo_until),
        **({"amounts": dict(row.takes)} if row.takes else {}),
        **({"cost_per_day": row.per_day} if row.per_day else {}),
    }


def show_one(context: CommandContext, name: str, *, reach: bool) -> None:
    """Print everything about one workspace, or only how to reach it; `NotFoundError` without file and record."""
    now = clock()
    it = context.access().details(name, now=now)
    if it.ways is None:
        _show_asked(context, it, now=now)
        return
    connection = reach_as_json(it)
    whole = {**as_row(it.row, now=now), "path": it.path or None, **connection}
    whole |= _remembered(it.remembered)
    whole["log"] = f"helium show {name} --log" if it.has_log else ""
    whole["file_errors"] = list(it.file_errors)
    if context.as_json:
        context.emit(connection["connection"] if reach else {**whole, "requests": _asked_as_json(it.asked)})
        return
    whole["pods"] = pods_line(it.remembered.health if it.remembered else None, now=now)
    tables.banner(it.label)
    ways = reach_pairs(it)
    tables.pairs(ways if reach else [*_pairs(whole, ways), *_asked_pairs(it.asked)])


def _show_asked(context: CommandContext, it: WorkspaceDetails, *, now: datetime) -> None:
    """What is known of a workspace that somebody asks for, and that has neither file nor record yet."""
    row = it.row
    if context.as_json:
        context.emit({**as_row(row, now=now), "path": None, "requests": _asked_as_json(it.asked)})
        return
    tables.banner(it.label)
    status = f"{row.status}: {row.reason}"
    tables.pairs([("workspace", row.name), ("status", status), ("owner", row.owner), *_asked_pairs(it.asked)])


def show_failure(context: CommandContext, name: str) -> None:
    """Print what Pulumi said when it failed; a sentence where nothing is kept. `NotFoundError` as above."""
    text, word = context.access().diagnostics(name, now=clock())
    if context.as_json:
        context.emit({"name": name, "log": text})
    elif text:
        click.echo(clean(text))
    else:
        tables.say(f"No log is kept of {name}: it is {word}. Only a failure leaves one, until it is ready or gone.")


def _remembered(known: RememberedFacts | None) -> dict[str, Json]:
    """What the ledger adds."""
    if known is None:
        return {}
    return {
        "added_at": format_instant(known.added_at),
        "stack": known.stack,
        "outputs": dict(known.outputs),
        "resources": dict(known.resources),
        "labels": dict(known.labels),
        "commit": known.commit,
        "program": known.program,
        "error": known.error,
        "attempts": known.attempts,
        "next_attempt": tables.instant(known.next_attempt_at),
        "updated": format_instant(known.updated_at),
        "run_url": known.run_url,
        "health": health_as_json(known.health),
        "drift": _drift_as_json(known.drift),
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


def reach_as_json(it: WorkspaceDetails) -> dict[str, Json]:
    """How to reach it, for a machine: the five strings, and the list."""
    if it.ways is None:
        return {}
    return {"connection": asdict(it.ways.strings), "connections": [asdict(each) for each in it.ways.listed]}


def reach_pairs(it: WorkspaceDetails) -> list[tuple[str, str]]:
    """The same for people: an instance's own labels; every other workspace has its strings under their own names."""
    if it.ways is None:
        return []
    own = [(each.label, each.text) for each in it.ways.listed]
    return own if it.own_ways else list(asdict(it.ways.strings).items())


def _asked_as_json(asked: tuple[AskedChange, ...]) -> list[Json]:
    """What people asked for by pull requests, the newest first."""
    return [
        {
            "id": each.id,
            "change": each.change,
            "by": each.by,
            "at": format_instant(each.at),
            "state": each.state,
            "reason": each.reason,
            "pull_request": each.pull_request,
        }
        for each in asked
    ]


def _asked_pairs(asked: tuple[AskedChange, ...]) -> list[tuple[str, str]]:
    """Those that wait or were refused, for people."""
    shown = (each for each in asked if each.matters)
    return [("asked for", f"{each.change}, by {each.by}: {each.reason} {each.pull_request}".strip()) for each in shown]


def _later(whole: Mapping[str, Json]) -> str:
    return f", the next working time after {whole['moved_from']}" if "moved_from" in whole else ""


def _pairs(whole: Mapping[str, Json], reach: list[tuple[str, str]]) -> list[tuple[str, str]]:
    left = f" ({whole['left']})" if whole["left"] else ""
    resources = ", ".join(f"{count} {kind.rpartition(':')[2]}" for kind, count in whole.get("resources", {}).items())
    return [
        ("workspace", whole["name"]),
        ("status", f"{whole['status']}{': ' if whole['reason'] else ''}{whole['reason']}"),
        ("owner", whole["owner"]),
        ("deadline", f"{whole['deadline']}{left}{_later(whole)}" if whole["deadline"] else ""),
        ("added", whole.get("added_at", "")),
        ("undo until", whole["undo_until"] or ""),
        ("takes", ", ".join(f"{amount} {unit}" for unit, amount in whole.get("amounts", {}).items())),
        ("costs", f"about {whole['cost_per_day']} a day" if "cost_per_day" in whole else ""),
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
