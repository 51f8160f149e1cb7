"""A record: what the ledger keeps of one workspace.

The field names are those of `records/AB/NAME.json`; the ledger's adapter writes and reads the form.
A record of a newer `format` is read and never written; one that cannot be read at all is an `Illegible`, and its
workspace is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from helium.core.digest import Json
from helium.core.spec import Removal
from helium.core.stack import StackId

FORMAT = 2


class Phase(StrEnum):
    """Where a workspace stands in its life."""

    CREATING = "creating"
    UPDATING = "updating"
    READY = "ready"
    FAILED = "failed"
    DELETING = "deleting"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Held:
    """Since when, and why, the guard keeps a change of this workspace from being applied."""

    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Record:
    """`spec_blob` is of the last good `up`, `seen_blob` of the last look; `made_at` is when the stack was first seen.

    `half_done`: an operation on everything began and has not ended well since, so a light update will not do.
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
    outputs: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    code: str = ""
    error: str = ""
    half_done: bool = False
    attempts: int = 0
    next_attempt_at: datetime | None = None
    held: Held | None = None
    host: str = ""
    run_url: str = ""
    format: int = FORMAT

    @property
    def alive(self) -> bool:
        """Its stack was seen, and was not seen empty since (brake 3)."""
        return self.observed_at is not None and self.emptied is None

    @property
    def stack_id(self) -> StackId:
        """The id of its stack; raises `ValueError` when the record's text is not one."""
        return StackId.parse(self.stack)


@dataclass(frozen=True, slots=True)
class CorruptRecord:
    """A record that cannot be read: its workspace is kept, and named. `newer`: a newer Helium wrote it."""

    name: str
    path: str
    sentence: str
    newer: bool = False
