"""The forms of what a server answers, as far as the command line reads them.

What a server of another version says more is left out, and what an older one does not say is empty. What nothing can be
shown without is required: an answer that lacks it is of no Helium that this one understands.
"""

from __future__ import annotations

import msgspec


class ServerAnswer(msgspec.Struct, rename="pascal", frozen=True):
    """What all have in common: members are in Pascal case."""


class PassesAnswer(ServerAnswer, frozen=True):
    """The heartbeat."""

    last_good: str
    last_seen: str
    next: str
    late_from: str
    running: bool


class FleetAnswer(ServerAnswer, frozen=True):
    """`GET /v1/api/fleet`."""

    name: str
    helium: str = ""
    sandbox: tuple[str, ...] = ()
    simulated: str = ""
    passes: PassesAnswer | None = None
    silent_channels: tuple[str, ...] = ()


class MeAnswer(ServerAnswer, frozen=True):
    """`GET /v1/api/me`."""

    owner: str


class FileErrorAnswer(ServerAnswer, frozen=True):
    """One error in a file on main."""

    path: str
    line: int
    pointer: str
    sentence: str
    column: int = 1


class RowAnswer(ServerAnswer, frozen=True):
    """One workspace in a row."""

    id: str = msgspec.field(name="ID")
    status: str
    reason: str = ""
    expiry: str = ""
    created_by: str = ""
    backend: str = ""
    expired: bool = False
    added_at: str = ""
    protected: bool = False
    held: str = ""
    path: str = ""
    file_errors: tuple[FileErrorAnswer, ...] = ()
    undo_until: str = ""
    moved_from: str = ""
    amounts: dict[str, str] = {}
    cost_per_day: str = ""
    currency: str = ""


class UsageRowAnswer(ServerAnswer, frozen=True):
    """One sum of a month."""

    key: str
    workspaces: int
    minutes: int
    unknown_minutes: int
    amounts: dict[str, str] = {}
    cost: str = ""


class UsageAnswer(ServerAnswer, frozen=True):
    """What workspaces took in a month."""

    month: str
    until: str
    by: str
    rows: tuple[UsageRowAnswer, ...]
    total: UsageRowAnswer
    currency: str = ""
    warnings: tuple[str, ...] = ()


class ProgressAnswer(ServerAnswer, frozen=True):
    """What a pass does with it now."""

    kind: str
    since: str
    done: int = 0
    of: int = 0
    usual_seconds: float = 0.0
    type: str = ""
    name: str = ""


class ListAnswer(ServerAnswer, frozen=True):
    """A page of `GET /v1/api/workspaces`."""

    ids: tuple[str, ...] = msgspec.field(name="IDs")
    workspaces: tuple[RowAnswer, ...] = ()
    next: str = ""
    progress: dict[str, ProgressAnswer] = {}


class StringsAnswer(ServerAnswer, frozen=True):
    """The five strings."""

    kubernetes: str = msgspec.field(name="K8s")
    namespace: str = msgspec.field(name="K8sNamespace")
    console: str = msgspec.field(name="ConsoleURL")
    notebooks: str = msgspec.field(name="NotebooksURL")
    pachctl: str


class WayAnswer(ServerAnswer, frozen=True):
    """One way to reach it."""

    label: str
    kind: str
    text: str


class WarningAnswer(ServerAnswer, frozen=True):
    """A warning of its namespace."""

    at: str
    text: str


class ProbeAnswerInfo(ServerAnswer, frozen=True):
    """What its address answered."""

    url: str = msgspec.field(name="URL")
    said: str
    ok: bool


class HealthAnswer(ServerAnswer, frozen=True):
    """What a pass saw of its pods."""

    looked: str
    could_not_look: str = ""
    pods: dict[str, int] = {}
    ready: int = 0
    wanted: int = 0
    unready: tuple[str, ...] = ()
    warnings: tuple[WarningAnswer, ...] = ()
    next_look: str = ""
    last_well: str = ""
    answer: ProbeAnswerInfo | None = None


class DriftAnswer(ServerAnswer, frozen=True):
    """What drifted."""

    looked: str
    since: str = ""
    found: tuple[str, ...] = ()
    could_not_look: str = ""


class RecordAnswer(ServerAnswer, frozen=True):
    """What the ledger knows of it."""

    added_at: str
    updated_at: str
    stack: str = ""
    commit: str = ""
    program: str | None = None
    outputs: dict[str, str] = {}
    resources: dict[str, int] = {}
    labels: dict[str, str] = {}
    error: str = ""
    has_log: bool = False
    attempts: int = 0
    next_attempt: str = ""
    run_url: str = msgspec.field(name="RunURL", default="")
    drift: DriftAnswer | None = None


class RequestAnswer(ServerAnswer, frozen=True):
    """What somebody asked for in a pull request."""

    id: str = msgspec.field(name="ID")
    change: str
    by: str
    at: str
    state: str
    reason: str
    pull_request: str


class WorkspaceAnswer(ServerAnswer, frozen=True):
    """`GET /v1/api/workspace/{id}`."""

    connection_info: StringsAnswer
    workspace: RowAnswer
    progress: ProgressAnswer | None = None
    connections: tuple[WayAnswer, ...] = ()
    own_connections: bool = False
    only_asked: bool = False
    health: HealthAnswer | None = None
    record: RecordAnswer | None = None
    requests: tuple[RequestAnswer, ...] = ()


class LogAnswer(ServerAnswer, frozen=True):
    """`GET …/log`."""

    log: str


class CommitAnswer(ServerAnswer, frozen=True):
    """A commit of its file."""

    commit: str
    time: str
    subject: str
    author: str
    by: str = ""
    approved_by: str = ""


class OutcomeAnswer(ServerAnswer, frozen=True):
    """A line of the log."""

    time: str
    code: str
    sentence: str
    commit: str = ""
    by: str = ""
    approved_by: str = ""


class HistoryAnswer(ServerAnswer, frozen=True):
    """`GET …/history`."""

    commits: tuple[CommitAnswer, ...]
    outcomes: tuple[OutcomeAnswer, ...]


class WhyAnswer(ServerAnswer, frozen=True):
    """`GET …/why`."""

    id: str = msgspec.field(name="ID")
    kind: str
    code: str
    reason: str
    backend: str
    digest: str
    blob: str | None
    program: str | None
    deadline: str
    commit: str
    last_outcome: str
    phase: str
    drift: str
    refused: str


class WriteAnswer(ServerAnswer, frozen=True):
    """What a write answers."""

    id: str = msgspec.field(name="ID")
    status: str = ""
    expiry: str = ""
    commit: str = ""
    pull_request: str = ""
    path: str = ""
    moved_from: str = ""
    undo_until: str = ""
