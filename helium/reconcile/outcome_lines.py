"""The log's lines: what an outcome leaves for ever, with who asked for it and who approved it, as far as git knows.

Pure. Thin but honest: a field is filled only where git or the ledger says so. Nobody asks for what time ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.log_line import LogLine
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Outcome, Work
from helium.core.record import Record
from helium.core.spec import Removal
from helium.ports.repo import Commit


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who wanted a change, who approved it, in which commit, and how (`asked` of a removal)."""

    by: str = ""
    approved_by: str = ""
    commit: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeLines:
    """What all lines of one run share. `touched`: the newest commit of each name that this run was the first to see."""

    observed: Observation
    run: str
    touched: Mapping[str, Commit] = field(default_factory=dict)

    def outcome(self, change: Work, outcome: Outcome, *, record: Record | None, now: datetime) -> LogLine:
        """What became of one change."""
        wanted = self._wanted(change, record)
        return LogLine(
            time=now,
            name=change.name,
            code=outcome.code,
            sentence=f"{change.kind}: {outcome.sentence}",
            added_at=change.added_at if isinstance(change, Destroy) else change.workspace.added_at,
            commit=wanted.commit or self.observed.commit,
            origin=wanted.origin,
            by=wanted.by,
            approved_by=wanted.approved_by,
            digest=change.digest,
            run=self.run,
        )

    def gone(self, record: Record, *, now: datetime) -> LogLine:
        """That a record leaves, since a later listing lacks its stack."""
        wanted = _of_removal(record.removed or self.observed.removals.get(record.name))
        return LogLine(
            time=now,
            name=record.name,
            code=Code.GONE.value,
            sentence="gone: a later listing lacks its stack",
            added_at=record.added_at,
            commit=wanted.commit or self.observed.commit,
            by=wanted.by,
            approved_by=wanted.approved_by,
            run=self.run,
        )

    def _wanted(self, change: Work, record: Record | None) -> Wanted:
        if change.code is Code.EXPIRED:
            return Wanted()
        if isinstance(change, Destroy) and change.code is not Code.DEADLINE_MOVED:
            removal = (record.removed if record else None) or self.observed.removals.get(change.name)
            return _of_removal(removal)
        commit = self.touched.get(change.name)
        if commit is not None:
            return Wanted(commit.by, commit.approved_by, commit.id)
        return Wanted(by=record.owner if record else "")


def _of_removal(removal: Removal | None) -> Wanted:
    if removal is None:
        return Wanted()
    return Wanted(removal.by, removal.approved_by, removal.commit, removal.origin)
