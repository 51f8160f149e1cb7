"""The forms of the API's answers, and how a row of the index becomes one. A string is empty until it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from helium.api.cost_info import cost_fields
from helium.api.health_info import HealthInfo, health_info
from helium.api.index import IndexRow
from helium.api.progress_info import ProgressInfo, progress_info
from helium.api.record_info import RecordInfo, record_info
from helium.api.request_info import RequestInfo, request_info
from helium.core.connections import WaysIn, ways_in
from helium.core.deadlines import instant_text
from helium.core.live import LiveStack
from helium.core.log_line import LogLine
from helium.core.record import Phase, Record
from helium.core.spec import Spec
from helium.core.summary import Summary
from helium.errors import Issue
from helium.ports.repo import Commit


@dataclass(frozen=True, slots=True)
class FileErrorInfo:
    """One error in a file on main."""

    Path: str
    Line: int
    Pointer: str
    Sentence: str
    Column: int = 1


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """One workspace. Instants are RFC 3339 in UTC.

    `Status`: `requested` (no pass has begun to create it: its file is on main, or in a pull request), `merging` (Helium
    is about to merge that), `creating`, `updating`, `ready`,
    `failed`, `deleting` or `expired`. `Reason`: why the status is what it is now. `CreatedBy`: its owner, by its file,
    its record, or the author of the commit that added the file. `Expiry` and `AddedAt` are known before any pass too.
    `UndoUntil`: it is to be destroyed, and until then its owner can restore it, or extend it after its deadline.
    `MovedFrom`: the end that is written, where it lies outside working hours and `Expiry` is the later one.
    `Amounts`: what it takes in each hour, by unit, as was estimated when it was created or updated. `CostPerDay` in
    `Currency`: empty without rates.
    """

    ID: str
    Status: str
    Reason: str
    Expiry: str
    CreatedBy: str
    Backend: str
    GCSBucket: str
    PachdIp: str
    LastUpdated: str
    Expired: bool = False
    AddedAt: str = ""
    Protected: bool = False
    Held: str = ""
    Access: str = ""
    Description: str = ""
    PachdVersion: str = ""
    Path: str = ""
    RunURL: str = ""
    Attempts: int = 0
    NextAttempt: str = ""
    Labels: Mapping[str, str] = field(default_factory=dict)
    FileErrors: tuple[FileErrorInfo, ...] = ()
    UndoUntil: str = ""
    MovedFrom: str = ""
    Amounts: Mapping[str, str] = field(default_factory=dict)
    CostPerDay: str = ""
    Currency: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """What to paste into a shell or a browser to reach a workspace."""

    K8s: str
    K8sNamespace: str
    ConsoleURL: str
    NotebooksURL: str
    Pachctl: str


@dataclass(frozen=True, slots=True)
class ConnectionEntry:
    """One way to reach a workspace, as the page shows it. `Kind`: `url` or `text`. `Text`: empty until it is known."""

    Label: str
    Kind: str
    Text: str


@dataclass(frozen=True, slots=True)
class WorkspaceResponse:
    """One workspace and how to reach it. `Progress` is null while no pass is at work on it.

    `ConnectionInfo` has the same five strings for every backend, empty where it has none. `Connections` is what to show
    to people: the list of the backend itself; `OwnConnections`: its settings wrote that list. `Health` is null until a
    pass has looked into its cluster. `Requests`: what people asked for by pull requests, the newest first; those that
    ended stay for a week; `OnlyAsked`: there is neither file nor record yet. `Record`: what the ledger knows of it;
    null until a pass has begun with it.
    """

    ConnectionInfo: ConnectionInfo
    Workspace: WorkspaceInfo
    Progress: ProgressInfo | None = None
    Connections: tuple[ConnectionEntry, ...] = ()
    Health: HealthInfo | None = None
    Requests: tuple[RequestInfo, ...] = ()
    OwnConnections: bool = False
    OnlyAsked: bool = False
    Record: RecordInfo | None = None


class ListResponse(Struct, frozen=True):
    """The ids, sorted. With `detail=true` one page of them: `Next` is the cursor of the next page, empty at the end;
    `Total` counts all that match, and `Progress` has what passes do now, by id. A struct: a dataclass cannot leave a
    member out of the answer.
    """

    IDs: tuple[str, ...]
    Workspaces: tuple[WorkspaceInfo, ...] | UnsetType = UNSET
    Next: str | UnsetType = UNSET
    Total: int | UnsetType = UNSET
    Progress: Mapping[str, ProgressInfo] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class ExpiredResponse:
    """Whether the deadline has passed."""

    Expired: bool


@dataclass(frozen=True, slots=True)
class WriteResponse:
    """What was written. `Commit` is on the remote; `Status` and `Expiry` are what a read says from now on.

    Where main takes only pull requests, `PullRequest` has the address of the one where it waits, instead of a `Commit`.
    While the host does not answer, it is empty, and a read has it later. `Path`: the file on main, while there is one.
    `UndoUntil` and `MovedFrom`: as a read says them.
    """

    ID: str
    Status: str = ""
    Expiry: str = ""
    Commit: str = ""
    PullRequest: str = ""
    Path: str = ""
    UndoUntil: str = ""
    MovedFrom: str = ""


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """One commit that touched the workspace's file. `By`: who requested it; `ApprovedBy`: who merged it, if known."""

    Commit: str
    Time: str
    Author: str
    Subject: str
    Request: str
    By: str = ""
    ApprovedBy: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeInfo:
    """One line of the log."""

    Time: str
    Code: str
    Sentence: str
    AddedAt: str
    Commit: str
    By: str
    ApprovedBy: str
    Run: str


@dataclass(frozen=True, slots=True)
class LogResponse:
    """What Pulumi said when a workspace failed."""

    ID: str
    Log: str


@dataclass(frozen=True, slots=True)
class HistoryResponse:
    """All that happened under one name: commits newest first, outcomes oldest first."""

    ID: str
    Commits: tuple[CommitInfo, ...]
    Outcomes: tuple[OutcomeInfo, ...]


def workspace_response(
    row: IndexRow, *, now: datetime, doing: LiveStack | None = None, has_log: bool = False
) -> WorkspaceResponse:
    """One workspace, how to reach it, and what is being done to it. `has_log`: what Pulumi said is kept."""
    record = row.record if isinstance(row.record, Record) else None
    summary = row.summary(now)
    ways = ways_of(row, summary)
    reach = ways.strings
    return WorkspaceResponse(
        ConnectionInfo(reach.kubernetes, reach.namespace, reach.console, reach.notebooks, reach.pachctl),
        workspace(row, now=now),
        progress_info(doing) if doing else None,
        tuple(ConnectionEntry(each.label, each.kind, each.text) for each in ways.listed),
        health_info(record.health) if record else None,
        tuple(map(request_info, row.requests)),
        "connect" in row.fleet.backends.get(summary.backend, {}),
        row.asked is not None,
        record_info(record, has_log=has_log) if record else None,
    )


def ways_of(row: IndexRow, summary: Summary) -> WaysIn:
    """How to reach it: by its file, its record and today's settings."""
    record = row.record if isinstance(row.record, Record) else None
    said = row.reading.fields if isinstance(row.reading, Spec) else None
    placement = record.placement if record else row.placement
    return ways_in(summary, fleet=row.fleet, record=record, said=said, placement=placement)


def workspace(row: IndexRow, *, now: datetime) -> WorkspaceInfo:
    """One workspace."""
    spec = row.reading if isinstance(row.reading, Spec) else None
    record = row.record if isinstance(row.record, Record) else None
    summary = row.summary(now)
    return WorkspaceInfo(
        ID=row.name,
        Status=summary.status,
        Reason=summary.reason,
        Expiry=instant_text(summary.deadline),
        CreatedBy=summary.owner,
        Backend=summary.backend,
        GCSBucket=record.outputs.get("bucket", "") if record else "",
        PachdIp=record.outputs.get("pachdIp", "") if record else "",
        LastUpdated=instant_text(record.updated_at) if record else "",
        Expired=summary.expired,
        Protected=summary.protected,
        Path=row.reading.path if row.reading else "",
        FileErrors=tuple(map(_file_error, summary.issues)),
        Access=spec.access if spec else "",
        Description=spec.description if spec else "",
        PachdVersion=(spec.text("pachdVersion") or "") if spec else "",
        **cost_fields(record, row.fleet.rates),
        Labels=spec.labels if spec else {},
        AddedAt=instant_text(summary.added_at),
        Held=summary.held,
        RunURL=record.run_url if record else "",
        Attempts=record.attempts if record else 0,
        # While an attempt is made, none is due.
        NextAttempt=instant_text(record.next_attempt_at) if record and record.phase is Phase.FAILED else "",
        UndoUntil=instant_text(summary.undo_until),
        MovedFrom=instant_text(summary.moved_from),
    )


def _file_error(issue: Issue) -> FileErrorInfo:
    return FileErrorInfo(issue.path, issue.line, issue.pointer, issue.sentence, issue.column)


def commit_info(commit: Commit) -> CommitInfo:
    """One commit."""
    request = commit.trailers.get("Helium-Request", "")
    return CommitInfo(
        commit.id, instant_text(commit.time), commit.author, commit.subject, request, commit.by, commit.approved_by
    )


def outcome_info(line: LogLine) -> OutcomeInfo:
    """One line of the log."""
    return OutcomeInfo(
        Time=instant_text(line.time),
        Code=line.code,
        Sentence=line.sentence,
        AddedAt=instant_text(line.added_at),
        Commit=line.commit,
        By=line.by,
        ApprovedBy=line.approved_by,
        Run=line.run,
    )
