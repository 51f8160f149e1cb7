"""What the ledger knows of a workspace beside its row, in the form of the API's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helium.core.deadlines import format_instant, instant_text
from helium.core.drift import Drift
from helium.core.record import Record


@dataclass(frozen=True, slots=True)
class DriftInfo:
    """What the last look found that no longer is as it was made: `Found`, since `Since`, a line for each.

    `CouldNotLook`: why it could not be looked at whole; empty if it was.
    """

    Looked: str
    Since: str
    Found: tuple[str, ...]
    CouldNotLook: str


@dataclass(frozen=True, slots=True)
class RecordInfo:
    """The workspace's record in the ledger, which a pass writes. `Resources`: how many of each kind there are.

    `Commit`: of main, that last changed its file. `Error`: what went wrong at the last attempt; `HasLog`: what Pulumi
    said then is at `…/log`. `NextAttempt`: when the next attempt is due. `Drift` is null until a pass has looked.
    """

    AddedAt: str
    UpdatedAt: str
    Stack: str
    Commit: str = ""
    Program: str | None = None
    Outputs: Mapping[str, str] = field(default_factory=dict)
    Resources: Mapping[str, int] = field(default_factory=dict)
    Labels: Mapping[str, str] = field(default_factory=dict)
    Error: str = ""
    HasLog: bool = False
    Attempts: int = 0
    NextAttempt: str = ""
    RunURL: str = ""
    Drift: DriftInfo | None = None


def record_info(record: Record, *, has_log: bool) -> RecordInfo:
    """One record."""
    return RecordInfo(
        AddedAt=format_instant(record.added_at),
        UpdatedAt=format_instant(record.updated_at),
        Stack=record.stack,
        Commit=record.commit,
        Program=record.program,
        Outputs=record.outputs,
        Resources=record.resources,
        Labels=record.labels,
        Error=record.error,
        HasLog=has_log,
        Attempts=record.attempts,
        NextAttempt=instant_text(record.next_attempt_at),
        RunURL=record.run_url,
        Drift=_drift(record.drift),
    )


def _drift(drift: Drift | None) -> DriftInfo | None:
    if drift is None:
        return None
    return DriftInfo(format_instant(drift.looked), instant_text(drift.since), drift.found, drift.unseen)
