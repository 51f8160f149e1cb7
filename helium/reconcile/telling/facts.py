"""What a turn knows of each workspace, as far as people are told of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.core.grace import grace_began
from helium.core.log_line import LogLine
from helium.core.observation import Observation
from helium.core.plan import Destroy
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import team_of
from helium.core.status import StatusWord
from helium.core.summary import summary_of


@dataclass(frozen=True, slots=True)
class NewsOfWorkspace:
    """One workspace that is there. `since`: when it became what it is. `blob`: of the file that was tried last.

    `held_since`: a safeguard holds a change since then. `kept`: it does not end at its deadline.
    `resources`: how many of each type it has. `has_file`: on main. `going_since`: it is to be destroyed since then,
    and until `undo_until` that can be taken back; `removed_by` asked for it, where its file is gone. `no_room`: which
    quota keeps it from being created.
    """

    name: str
    word: StatusWord
    reason: str
    owner: str
    team: str
    backend: str
    added_at: datetime
    since: datetime
    deadline: datetime | None = None
    blob: str = ""
    held: str = ""
    held_since: datetime | None = None
    kept: bool = False
    resources: Mapping[str, int] | None = None
    has_file: bool = True
    going_since: datetime | None = None
    undo_until: datetime | None = None
    removed_by: str = ""
    no_room: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """All that a turn knows: the workspaces that are there, and the last line of each incarnation that has ended.

    `id`: what tells the fleet from another one of its name, where the ledger has it. `grace`: how long a destroy waits.
    """

    fleet: str
    id: str
    workspaces: Mapping[str, NewsOfWorkspace]
    ends: Mapping[tuple[str, datetime], LogLine]
    paused: bool = False
    grace: timedelta = timedelta(0)


def news_of(
    observed: Observation, lines: Sequence[LogLine], *, now: datetime, no_room: Mapping[str, str] | None = None
) -> News:
    """By the same rows that list, API and pages show. `lines`: of the log, of the last days, oldest first.

    `no_room`: the names that a quota keeps from being created, each with the sentence that says which.
    """
    full = no_room or {}
    found = (
        _of(name, observed, now=now, no_room=full.get(name, ""))
        for name in sorted({*observed.specs, *observed.records})
    )
    workspaces = {each.name: each for each in found if each is not None}
    records = {name: each for name, each in observed.records.items() if isinstance(each, Record)}
    there = {(name, each.added_at) for name, each in records.items() if each.phase is not Phase.GONE}
    ends = {
        (line.name, line.added_at): line
        for line in lines
        if _is_an_end(line) and line.added_at is not None and (line.name, line.added_at) not in there
    }
    # One that cannot be read may be of any incarnation: nothing of that name is said to have ended.
    unknown = observed.records.keys() - records.keys()
    record = observed.fleet_record
    pause = record.pause if record else None
    return News(
        observed.fleet.name,
        (record.id if record else "") or observed.fleet.name,
        workspaces,
        {key: line for key, line in ends.items() if key[0] not in unknown},
        paused=observed.fleet.paused or (pause is not None and pause.in_force(now)),
        grace=observed.fleet.limits.grace,
    )


def _is_an_end(line: LogLine) -> bool:
    """Whether it was destroyed: not where that failed, and a person gave up what was left of it."""
    return line.kind == Destroy.kind and (line.usage is None or line.usage.ended)


def _of(name: str, observed: Observation, *, now: datetime, no_room: str) -> NewsOfWorkspace | None:
    """`None` of a name of which nobody knows when it began: one incarnation could not be told from the next."""
    row = summary_of(name, observed, now=now)
    known, reading = observed.records.get(name), observed.specs.get(name)
    record = known if isinstance(known, Record) and known.added_at == row.added_at else None
    if row.added_at is None or isinstance(known, CorruptRecord):
        return None
    path = reading.path if reading is not None else ""
    # Before a pass has noted it, its wait has no beginning, and the next look would find another end of it.
    since = grace_began(record, lifetimes=observed.fleet.lifetimes, now=now) if record and row.undo_until else None
    return NewsOfWorkspace(
        name=name,
        word=row.status,
        reason=row.reason,
        owner=row.owner,
        team=team_of(path) if path else "",
        backend=row.backend,
        added_at=row.added_at,
        since=record.updated_at if record else row.added_at,
        deadline=row.deadline,
        blob=reading.blob if reading is not None else "",
        held=row.held,
        held_since=record.held.since if record and record.held else None,
        kept=row.protected or reading is None,
        resources=record.resources if record else None,
        has_file=reading is not None,
        going_since=since,
        undo_until=row.undo_until if since else None,
        removed_by=record.removed.by if record and record.removed and reading is None else "",
        no_room=no_room,
    )
