"""The plan as a value: one change for every name, each with its reason, and what the guard refused.

A plan can be saved, compared, shown and checked by its digest; it carries no callable. No digest covers the clock, so a
plan that somebody reviewed stays the same while time passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Self

from helium.core.digest import digest
from helium.core.stack import StackId
from helium.core.workspace import Workspace
from helium.errors import Issue


class Code(StrEnum):
    """Why a change is what it is. Its `reason` says it in a sentence; `core/reasons.py` explains every code."""

    NEW_FILE = "new-file"
    NEW_EXPIRY = "new-expiry"
    SPEC_CHANGED = "spec-changed"
    RETRY = "retry-after-failure"
    ROLLED = "rolled"
    DRIFTED = "drifted"
    FILE_REMOVED = "file-removed"
    EXPIRED = "expired"
    REPLACED = "replaced"
    IN_STEP = "in-step"
    OLDER_PROGRAM = "older-program"
    WAITING = "waiting"
    GONE = "gone"
    NO_RECORD = "no-record"
    CORRUPT_RECORD = "corrupt-record"
    CORRUPT_STACK = "corrupt-stack"
    INVALID_SPEC = "invalid-spec"
    BACKEND_CHANGED = "backend-changed"
    BACKEND_UNKNOWN = "backend-unknown"
    CLUSTER_UNKNOWN = "cluster-unknown"
    CLUSTER_CHANGED = "cluster-changed"
    PROTECTED = "protected"
    BUSY = "busy"
    FOREIGN = "foreign"
    LOST_STACK = "lost-stack"
    TWO_STACKS = "two-stacks"
    PAUSED = "paused"
    INCOMPLETE_OBSERVATION = "incomplete-observation"
    FOREIGN_STATE = "foreign-state"
    HISTORY = "history"
    UNTRUSTED_CLOCK = "untrusted-clock"
    OTHER_DEADLINE = "other-deadline"
    DEADLINE_MOVED = "deadline-moved"
    CHANGED_MEANWHILE = "changed-meanwhile"
    TOO_MANY = "too-many-deletes"
    NO_SPECS = "no-spec-left"
    UNEXPECTED_PLAN = "unexpected-plan"
    UNREVIEWED_REMOVAL = "unreviewed-removal"
    WOULD_REPLACE = "would-replace"
    QUOTA = "quota"
    GRACE = "grace"


FOR_A_PERSON = frozenset(
    {
        Code.CORRUPT_RECORD,
        Code.CORRUPT_STACK,
        Code.LOST_STACK,
        Code.TWO_STACKS,
        Code.BACKEND_UNKNOWN,
        Code.CLUSTER_UNKNOWN,
        Code.CLUSTER_CHANGED,
    }
)
"""Codes of names that no later pass can put right: a pass that meets one does not end as done."""

COUNTED = (Code.FILE_REMOVED, Code.DEADLINE_MOVED, Code.REPLACED)
"""Ends that may be accidents, unless somebody requested them: safeguard `few_deletes` counts them."""
DAY = timedelta(hours=24)
"""How long such an end is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    kind: ClassVar[str]
    name: str
    code: Code
    reason: str
    backend: str = ""
    deadline: datetime | None = None
    blob: str | None = None
    program: str | None = None

    @property
    def digest(self) -> str:
        """Of name, kind, code, blob and program."""
        return _digest(self)


def _digest(change: _Change) -> str:
    return digest([change.name, change.kind, change.code.value, change.blob, change.program])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Up(_Change):
    """`replaces`: a person lets it replace what holds data, so every safeguard treats it like a destroy."""

    workspace: Workspace
    replaces: bool = False

    @classmethod
    def of(cls, workspace: Workspace, code: Code, *, reason: str) -> Self:
        """The change that brings this workspace up."""
        return cls(
            name=workspace.name,
            code=code,
            reason=reason,
            backend=workspace.backend,
            deadline=workspace.deadline,
            blob=workspace.spec.blob,
            program=workspace.program,
            workspace=workspace,
        )

    @property
    def stack(self) -> StackId:
        """The id of its stack."""
        return self.workspace.stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(_Up):
    """Bring a stack up for the first time. `exists`: an earlier attempt failed and left a stack behind."""

    kind: ClassVar[str] = "create"
    metadata_only: ClassVar[bool] = False
    exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(_Up):
    """Run `up` on a stack that exists. `metadata_only`: touch ownership and namespace alone, and keep the pins."""

    kind: ClassVar[str] = "update"
    exists: ClassVar[bool] = True
    metadata_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroy(_Change):
    """Take a stack away. `added_at` says which incarnation ends; `again`: the same name starts a new one after it."""

    kind: ClassVar[str] = "destroy"
    stack: StackId
    added_at: datetime
    origin: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep(_Change):
    """Touch nothing. `held`: the change that the guard took away, if it did, and `why`."""

    kind: ClassVar[str] = "keep"
    held: Work | None = None
    why: str = ""

    @property
    def digest(self) -> str:
        """The held change's, so that the guard never alters the digest that a person reviewed."""
        return _digest(self) if self.held is None else self.held.digest


Work = Create | Update | Destroy
Change = Work | Keep


@dataclass(frozen=True, slots=True)
class Refusal:
    """What one safeguard forbids in this pass, for which names, and how you override it if you may."""

    code: Code
    names: tuple[str, ...]
    sentence: str
    override: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Sorted and complete: every name in the specs, the stacks or the ledger has exactly one change."""

    commit: str
    now: datetime
    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    issues: tuple[Issue, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Over the digests of all changes."""
        return digest([change.digest for change in self.changes])

    @property
    def counts(self) -> Mapping[str, int]:
        """How many changes of each kind, how many held, how many older programs, how many foreign stacks."""
        kinds = [change.kind for change in self.changes]
        counts = {kind: kinds.count(kind) for kind in ("create", "update", "destroy", "keep")}
        keeps = [change for change in self.changes if isinstance(change, Keep)]
        counts["held"] = sum(1 for change in keeps if change.held is not None)
        counts[Code.OLDER_PROGRAM.value] = sum(1 for change in keeps if change.code is Code.OLDER_PROGRAM)
        counts["foreign"] = len(self.foreign)
        return counts

    @property
    def state_is_doubtful(self) -> bool:
        """Whether it may be another fleet's state, or not all of it."""
        return any(refusal.code in (Code.FOREIGN_STATE, Code.INCOMPLETE_OBSERVATION) for refusal in self.refusals)

    @property
    def work(self) -> tuple[Work, ...]:
        """Everything that is to be applied: creates first, then updates, then destroys, each by name."""
        order = (Create, Update, Destroy)
        work = [change for change in self.changes if not isinstance(change, Keep)]
        return tuple(sorted(work, key=lambda change: (order.index(type(change)), change.name)))

    @property
    def destroys(self) -> tuple[Destroy, ...]:
        """Everything that would be destroyed."""
        return tuple(change for change in self.changes if isinstance(change, Destroy))

    @property
    def may_delete(self) -> tuple[Work, ...]:
        """Everything that may delete data: destroys, and updates that may replace."""
        return tuple(change for change in self.work if isinstance(change, Destroy) or change.replaces)

    @property
    def stuck(self) -> bool:
        """Whether something is kept that only a person can put right."""
        return any(isinstance(change, Keep) and change.code in FOR_A_PERSON for change in self.changes)

    def replacing(self, names: frozenset[str]) -> Plan:
        """The plan, in which these names may replace what holds data (`--allow-replace`)."""
        changes = tuple(
            replace(change, replaces=True) if isinstance(change, Create | Update) and change.name in names else change
            for change in self.changes
        )
        return replace(self, changes=changes)

    def of(self, name: str) -> Change | None:
        """The change of one name."""
        return next((change for change in self.changes if change.name == name), None)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person allowed for this one pass.

    `assume_absent`: of these names, what cannot be looked for is not there. `over_quota`: these may be created although
    there is no place for them.
    """

    expect: str | None = None
    allow_deletes: str | None = None
    allow_replace: frozenset[str] = frozenset()
    clock_is_right: bool = False
    assume_absent: frozenset[str] = frozenset()
    over_quota: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change. `ok` is false for a failure; `seconds` is how long the engine took."""

    name: str
    kind: str
    code: str
    ok: bool
    sentence: str
    seconds: float = 0.0
    outputs: Mapping[str, str] = field(default_factory=dict)


def hold(change: Work, code: Code, *, why: str) -> Keep:
    """The change as a `Keep`: what was planned and its reason, and why it is held."""
    return Keep(
        name=change.name,
        code=code,
        reason=f"{change.reason} This {change.kind} is held: {why}",
        why=why,
        backend=change.backend,
        deadline=change.deadline,
        blob=change.blob,
        program=change.program,
        held=change,
    )
