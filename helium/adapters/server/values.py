"""What a server answers, as the values that the command line shows. `ValueError` for words that this Helium lacks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from helium.adapters.server import answers
from helium.core.deadlines import parse_deadline
from helium.core.fleet_view import (
    AskedChange,
    ChangeFacts,
    FleetLabel,
    HistoryEvent,
    RememberedFacts,
    WorkspaceDetails,
    WrittenRequest,
)
from helium.core.health import ClusterWarning, ProbeAnswer, WorkspaceHealth
from helium.core.heartbeat import Heartbeat
from helium.core.live import Doing, LiveStack
from helium.core.status import StatusWord
from helium.core.summary import Summary
from helium.core.watched import WatchedName
from helium.errors import Issue

if TYPE_CHECKING:
    from helium.core.connections import WaysIn
    from helium.core.drift import Drift


def instant(text: str) -> datetime | None:
    """Empty until it is known."""
    return parse_deadline(text) if text else None


def label(answer: answers.FleetAnswer) -> FleetLabel:
    """Which fleet."""
    return FleetLabel(answer.name, answer.sandbox, answer.simulated)


def beat(answer: answers.PassesAnswer | None) -> Heartbeat | None:
    """The heartbeat of its passes."""
    if answer is None:
        return None
    times = (answer.last_good, answer.last_seen, answer.next, answer.late_from)
    good, seen, expected, late_from = map(parse_deadline, times)
    return Heartbeat(good, seen, expected, late_from, answer.running)


def row(answer: answers.RowAnswer) -> Summary:
    """One workspace in a row."""
    return Summary(
        name=answer.id,
        status=StatusWord(answer.status),
        reason=answer.reason,
        owner=answer.created_by,
        backend=answer.backend,
        deadline=instant(answer.expiry),
        added_at=instant(answer.added_at),
        expired=answer.expired,
        protected=answer.protected,
        held=answer.held,
        issues=tuple(map(_issue, answer.file_errors)),
        undo_until=instant(answer.undo_until),
        moved_from=instant(answer.moved_from),
        takes=tuple(answer.amounts.items()),
        per_day=f"{answer.cost_per_day} {answer.currency}" if answer.cost_per_day else "",
    )


def live(name: str, answer: answers.ProgressAnswer | None) -> LiveStack | None:
    """What a pass does with it now."""
    if answer is None:
        return None
    doing = Doing(answer.type, answer.name, answer.done)
    return LiveStack(name, answer.kind, parse_deadline(answer.since), doing, answer.of, answer.usual_seconds)


def watched(answer: answers.WorkspaceAnswer) -> WatchedName:
    """One look."""
    return WatchedName(answer.workspace.id, row(answer.workspace), live(answer.workspace.id, answer.progress))


def page(answer: answers.ListAnswer) -> dict[str, WatchedName]:
    """A page of looks."""
    return {
        each.id: WatchedName(each.id, row(each), live(each.id, answer.progress.get(each.id)))
        for each in answer.workspaces
    }


def written(answer: answers.WriteAnswer) -> WrittenRequest:
    """Where a request is now."""
    return WrittenRequest(
        answer.id,
        answer.commit,
        answer.pull_request,
        path=answer.path,
        deadline=instant(answer.expiry),
        moved_from=instant(answer.moved_from),
        undo_until=instant(answer.undo_until),
    )


def details(answer: answers.WorkspaceAnswer, fleet: FleetLabel, *, blob: str) -> WorkspaceDetails:
    """All of it."""
    known, record = answer.workspace, answer.record
    return WorkspaceDetails(
        label=fleet,
        row=row(known),
        ways=None if answer.only_asked else _ways(answer),
        path=known.path,
        blob=blob,
        own_ways=answer.own_connections,
        remembered=_remembered(record, answer.health) if record else None,
        has_log=record is not None and record.has_log,
        file_errors=tuple(str(_issue(each)) for each in known.file_errors),
        asked=tuple(map(_asked, answer.requests)),
    )


def events(answer: answers.HistoryAnswer) -> tuple[HistoryEvent, ...]:
    """In their order."""
    commits = [
        HistoryEvent(parse_deadline(c.time), "commit", c.subject, c.by or c.author, c.commit, c.approved_by)
        for c in answer.commits
    ]
    outcomes = [
        HistoryEvent(parse_deadline(each.time), each.code, each.sentence, each.by, each.commit, each.approved_by)
        for each in answer.outcomes
    ]
    return tuple(sorted([*commits, *outcomes], key=lambda event: event.order))


def facts(answer: answers.WhyAnswer) -> ChangeFacts:
    """Why it is as it is."""
    return ChangeFacts(
        name=answer.id,
        kind=answer.kind,
        code=answer.code,
        reason=answer.reason,
        backend=answer.backend,
        digest=answer.digest,
        blob=answer.blob,
        program=answer.program,
        deadline=instant(answer.deadline),
        commit=answer.commit,
        last_outcome=answer.last_outcome,
        phase=answer.phase,
        drift=answer.drift,
        refused=answer.refused,
    )


def _issue(each: answers.FileErrorAnswer) -> Issue:
    return Issue(each.path, each.line, each.column, each.pointer, each.sentence)


def _ways(answer: answers.WorkspaceAnswer) -> WaysIn:
    # Here, because `list` says of no workspace how to reach it.
    from helium.core.connection import Connection
    from helium.core.connections import ConnectionText, WaysIn

    strings = answer.connection_info
    return WaysIn(
        Connection(strings.kubernetes, strings.namespace, strings.console, strings.notebooks, strings.pachctl),
        tuple(ConnectionText(each.label, each.kind, each.text) for each in answer.connections),
    )


def _remembered(record: answers.RecordAnswer, health: answers.HealthAnswer | None) -> RememberedFacts:
    return RememberedFacts(
        added_at=parse_deadline(record.added_at),
        updated_at=parse_deadline(record.updated_at),
        stack=record.stack,
        outputs=record.outputs,
        resources=record.resources,
        labels=record.labels,
        commit=record.commit,
        program=record.program,
        error=record.error,
        attempts=record.attempts,
        next_attempt_at=instant(record.next_attempt),
        run_url=record.run_url,
        health=_health(health) if health else None,
        drift=_drift(record.drift) if record.drift else None,
    )


def _health(answer: answers.HealthAnswer) -> WorkspaceHealth:
    probe = answer.answer
    return WorkspaceHealth(
        at=parse_deadline(answer.looked),
        pods=answer.pods,
        ready=answer.ready,
        wanted=answer.wanted,
        unready=answer.unready,
        warnings=tuple(ClusterWarning(parse_deadline(each.at), each.text) for each in answer.warnings),
        trouble=answer.could_not_look,
        answer=ProbeAnswer(probe.url, probe.said, probe.ok) if probe else None,
        next_at=instant(answer.next_look),
        well_at=instant(answer.last_well),
    )


def _drift(answer: answers.DriftAnswer) -> Drift:
    # Most workspaces have not drifted.
    from helium.core.drift import Drift

    return Drift(parse_deadline(answer.looked), instant(answer.since), answer.found, unseen=answer.could_not_look)


def _asked(each: answers.RequestAnswer) -> AskedChange:
    at = parse_deadline(each.at)
    return AskedChange(each.id, each.change, each.by, at, each.state, each.reason, each.pull_request)
