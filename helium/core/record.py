"""A record: what the ledger keeps of one workspace.

The field names are those of `records/AB/NAME.json`; the ledger's adapter writes and reads that form. A record of a
newer `format` is read and never written. One that cannot be read is a `CorruptRecord`, and its workspace is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from helium.core.amounts import Amounts
from helium.core.digest import Json
from helium.core.drift import Drift
from helium.core.health import WorkspaceHealth
from helium.core.spec import Removal
from helium.core.stack import StackId

FORMAT = 2


class Phase(StrEnum):
    """How far a workspace is between its creation and its end."""

    CREATING = "creating"
    UPDATING = "updating"
    READY = "ready"
    FAILED = "failed"
    DELETING = "deleting"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Held:
    """Since when the guard has held a change of this workspace, and why."""

    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Record:
    """`spec_blob` is of the last good `up`, `seen_blob` of the last look.

    Three instants: the file was added (`added_at`), the record was created (`created_at`), the stack was first listed
    (`observed_at`). `pins`: the program, charts and defaults of the last full `up`. `placement`: where it is; it never
    moves. `half_done`: a full `up` began and did not end well, so a metadata-only one is not enough. `released`: a
    person allowed its deletion by name, so it counts as requested. `machines`: where runs were at work on it, and
    did not end, by the names that Pulumi writes into locks. `health`: what a pass saw of it in its cluster, and when.
    `drift`: what of it no longer was as it was made, when a pass looked last. `due`: when a pass first saw that it is
    to go: its file is gone or another one, or has a deadline that has passed. The grace counts from then.
    `written`: the end that is written, where `deadline` is a later one. `team`: the folder of its file. `amounts`: what
    it takes since the last create or update began, as was estimated then; `None`: nobody knows.
    """

    name: str
    backend: str
    phase: Phase
    added_at: datetime
    deadline: datetime
    owner: str
    created_at: datetime
    updated_at: datetime
    seen_blob: str
    stack: str = ""
    spec_blob: str | None = None
    spec_digest: str | None = None
    program: str | None = None
    lifetime: str | None = None
    pins: Mapping[str, Json] = field(default_factory=dict)
    placement: Mapping[str, Json] = field(default_factory=dict)
    commit: str = ""
    protected: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    observed_at: datetime | None = None
    emptied: datetime | None = None
    removed: Removal | None = None
    due: datetime | None = None
    released: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    code: str = ""
    error: str = ""
    half_done: bool = False
    attempts: int = 0
    next_attempt_at: datetime | None = None
    held: Held | None = None
    host: str = ""
    machines: tuple[str, ...] = ()
    run_url: str = ""
    health: WorkspaceHealth | None = None
    drift: Drift | None = None
    team: str = ""
    written: datetime | None = None
    amounts: Amounts | None = None
    format: int = FORMAT

    @property
    def alive(self) -> bool:
        """Whether its stack was listed once and not seen empty since: if it is not listed now, it is lost."""
        return self.observed_at is not None and self.emptied is None

    @property
    def taken(self) -> Amounts | None:
        """What it takes now, as was estimated; `None` where nobody knows, and once nothing of it is left."""
        return self.amounts if self.emptied is None else None

    @property
    def stack_id(self) -> StackId:
        """The id of its stack. `ValueError` when the record's text is not an id."""
        return StackId.parse(self.stack)


@dataclass(frozen=True, slots=True)
class CorruptRecord:
    """A record that cannot be read: its workspace is kept. `newer`: a newer Helium wrote it."""

    name: str
    path: str
    sentence: str
    newer: bool = False
