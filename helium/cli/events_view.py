"""What `helium show NAME --events` prints: what a pass saw in the workspace's cluster, from its record alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from helium.app.run import clock
from helium.cli import tables
from helium.cli.options import CommandContext
from helium.core.deadlines import format_instant, time_left
from helium.core.digest import Json
from helium.core.health import WorkspaceHealth


def show_events(context: CommandContext, name: str) -> None:
    """Print the last look. `NotFoundError` without file and record."""
    now = clock()
    known = context.access().details(name, now=now).remembered
    health = known.health if known else None
    if context.as_json:
        context.emit({"name": name, "health": health_as_json(health)})
        return
    if health is None:
        tables.say(f"No pass has looked at the pods of {name} yet: it does so after each change that it makes.")
        return
    tables.pairs(_pairs(health, now=now))


def health_as_json(health: WorkspaceHealth | None) -> dict[str, Json] | None:
    """The look for a machine; `None` where none was made."""
    if health is None:
        return None
    return {
        "looked": format_instant(health.at),
        "could_not_look": health.trouble,
        "pods": None if health.trouble else dict(health.pods),
        "ready": health.ready,
        "wanted": health.wanted,
        "problem": health.problem,
        "unready": list(health.unready),
        "warnings": [{"at": format_instant(each.at), "text": each.text} for each in health.warnings],
        "answer": asdict(health.answer) if health.answer else None,
        "next_look": tables.instant(health.next_at),
        "last_well": tables.instant(health.well_at),
    }


def _pairs(health: WorkspaceHealth, *, now: datetime) -> list[tuple[str, str]]:
    lines = [
        ("pods", health.summary),
        *(("not ready", each) for each in health.unready),
        *(("warning", f"{_ago(each.at, now)}: {each.text}") for each in health.warnings),
        ("looked", f"{_ago(health.at, now)}, at {format_instant(health.at)}"),
    ]
    if health.next_at is not None:
        lines.append(("next look", f"by the first pass after {format_instant(health.next_at)}"))
    return lines


def pods_line(health: WorkspaceHealth | None, *, now: datetime) -> str:
    """The pods in one line, and how old the look is; empty where none was made."""
    return f"{health.summary}, seen {_ago(health.at, now)}" if health else ""


def _ago(at: datetime, now: datetime) -> str:
    """How old it is. The cluster's clock may be ahead of this one."""
    return time_left(min(at, now), now)
