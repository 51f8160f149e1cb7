"""Lines for the log, which is kept for ever: what became of a change, who requested it and who approved it.

Pure. It refuses to guess: a field is empty unless git or the ledger says it. An expiry was requested by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from helium.core.log_line import MOVED, LogLine, UsageNote
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Outcome, Work
from helium.core.record import Record
from helium.core.spec import RELEASED, Removal
from helium.ports.repo import Commit


@dataclass(frozen=True, slots=True)
class ChangeOrigin:
    """Who requested a change, who approved it, in which commit, and how (a removal's `origin`)."""

    by: str = ""
    approved_by: str = ""
    commit: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeLines:
    """Makes the lines of one run. `touched`: by name, the newest commit that this run is the first to see.

    `ordered_by`: who gave the order that this is done for; nobody else approved it.
    """

    observed: Observation
    run: str
    touched: Mapping[str, Commit] = field(default_factory=dict)
    ordered_by: str = ""

    def of_outcome(self, change: Work, outcome: Outcome, *, record: Record | None, now: datetime) -> LogLine:
        """What became of one change."""
        origin = self._origin_of(change, record)
        if isinstance(change, Destroy) and change.origin == RELEASED:
            origin = replace(origin, origin=RELEASED)
        return LogLine(
            time=now,
            name=change.name,
            code=outcome.code,
            sentence=f"{change.kind}: {outcome.sentence}",
            added_at=change.added_at if isinstance(change, Destroy) else change.workspace.added_at,
            commit=origin.commit or self.observed.commit,
            origin=origin.origin,
            by=origin.by,
            approved_by=self.ordered_by or origin.approved_by,
            digest=change.digest,
            run=self.run,
            kind=change.kind,
            backend=change.backend,
            seconds=_seconds(outcome, record, now=now),
            usage=_usage(record, ended=outcome.ok and isinstance(change, Destroy)),
        )

    def of_gone(self, record: Record, *, now: datetime) -> LogLine:
        """What was announced was never made, and its record is dropped. What existed has the line of its end."""
        origin = _of_removal(record.removed or self.observed.removals.get(record.name))
        return LogLine(
            time=now,
            name=record.name,
            code=Code.GONE.value,
            sentence="gone: it was never created",
            added_at=record.added_at,
            commit=origin.commit or self.observed.commit,
            by=origin.by,
            approved_by=origin.approved_by,
            run=self.run,
            usage=UsageNote(ended=True),
        )

    def of_move(self, record: Record, *, now: datetime) -> LogLine:
        """Its file is in another folder than was noted, so from now on it counts for another team."""
        into = f"the team {record.team}" if record.team else "no team"
        return LogLine(
            time=now,
            name=record.name,
            code=MOVED,
            sentence=f"team: from now on it counts for {into}",
            added_at=record.added_at,
            commit=self.observed.commit,
            run=self.run,
            backend=record.backend,
            usage=UsageNote.of(record),
        )

    def _origin_of(self, change: Work, record: Record | None) -> ChangeOrigin:
        if change.code is Code.EXPIRED:
            return ChangeOrigin()
        if isinstance(change, Destroy) and change.code is not Code.DEADLINE_MOVED:
            removal = (record.removed if record else None) or self.observed.removals.get(change.name)
            return _of_removal(removal)
        commit = self.touched.get(change.name)
        if commit is not None:
            return ChangeOrigin(commit.by, commit.approved_by, commit.id)
        return ChangeOrigin(by=record.owner if record else "")


def _usage(record: Record | None, *, ended: bool) -> UsageNote:
    """Whose it is and what it takes. Without a record, nothing was begun, but something may end."""
    return UsageNote(ended=ended) if record is None else UsageNote.of(record, ended=ended)


def _seconds(outcome: Outcome, record: Record | None, *, now: datetime) -> float:
    """How long it took. The line of an end is written before that is known, so its announcement is the beginning."""
    if not outcome.ok:
        return 0.0
    return outcome.seconds or (max(0.0, (now - record.updated_at).total_seconds()) if record else 0.0)


def _of_removal(removal: Removal | None) -> ChangeOrigin:
    if removal is None:
        return ChangeOrigin()
    return ChangeOrigin(removal.by, removal.approved_by, removal.commit, removal.origin)
