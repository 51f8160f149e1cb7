"""How a workspace stands, in one word and a reason, for people and for scripts that wait for `ready` or `failed`.

Pure. The reason is of now: why the word is not `ready`, or what keeps the next pass from acting. The reason of the last
change is in the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helium.core.deadlines import format_instant
from helium.core.health import PATIENCE, WorkspaceHealth
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import InvalidSpec, Reading, Spec


class StatusWord(StrEnum):
    """What a workspace can be. `requested`: no pass has begun to create it; its file is on main, or in a pull request.

    `merging`: Helium is about to merge the pull request that brings its file.
    """

    REQUESTED = "requested"
    MERGING = "merging"
    CREATING = "creating"
    UPDATING = "updating"
    READY = "ready"
    FAILED = "failed"
    DELETING = "deleting"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Status:
    """The word and why."""

    word: StatusWord
    reason: str = ""


_WORDS = {
    Phase.CREATING: StatusWord.CREATING,
    Phase.UPDATING: StatusWord.UPDATING,
    Phase.READY: StatusWord.READY,
    Phase.FAILED: StatusWord.FAILED,
    Phase.DELETING: StatusWord.DELETING,
    Phase.GONE: StatusWord.DELETING,
}


def status(
    reading: Reading | None,
    record: Record | CorruptRecord | None,
    *,
    current: Record | None,
    deadline: datetime | None,
    now: datetime,
    undo_until: datetime | None = None,
) -> Status:
    """The word and the reason of a name that has a file, a record, or both.

    `current` is the record where it is of the file's own incarnation; `deadline` is that incarnation's, if known.
    `undo_until`: how long its destroy waits.
    """
    if isinstance(record, CorruptRecord):
        return Status(StatusWord.FAILED, record.sentence)
    # A destroy that has begun is finished, whatever the file or the deadline says by now.
    if record is not None and record.phase is Phase.DELETING:
        return Status(StatusWord.DELETING, _why(record))
    if deadline is not None and deadline <= now:
        held = _held(record)
        waits = f"; it is destroyed after {format_instant(undo_until)}, unless it is extended" if undo_until else ""
        return Status(StatusWord.EXPIRED, held or f"its deadline {format_instant(deadline)} has passed{waits}")
    if reading is None:
        return _without_file(record, undo_until)
    if isinstance(reading, InvalidSpec):
        return _with_issues(reading, record)
    if record is None or record.phase is Phase.GONE:
        return Status(StatusWord.REQUESTED, _held(record) or "the next pass creates it")
    if current is None and isinstance(reading, Spec):
        waits = f"{_OTHER}; {_after(undo_until)} the old workspace, then creates the new one"
        return Status(StatusWord.DELETING, _held(record) or waits)
    return _with_both(reading, record, now=now)


_OTHER = "its file was removed and another came"


def _after(undo_until: datetime | None) -> str:
    """Which pass destroys it."""
    return f"the first pass after {format_instant(undo_until)} destroys" if undo_until else "the next pass destroys"


def _without_file(record: Record | None, undo_until: datetime | None) -> Status:
    if record is not None and record.phase is Phase.GONE:
        return Status(StatusWord.DELETING, "its file and its stack are gone; the next pass drops its record")
    unless = ", unless it is restored" if undo_until else ""
    return Status(StatusWord.DELETING, _held(record) or f"its file was removed; {_after(undo_until)} the stack{unless}")


def _with_issues(reading: InvalidSpec, record: Record | None) -> Status:
    """Errors in a file leave what runs alone, so they fail only what was never created."""
    issues = "; ".join(str(issue) for issue in reading.issues)
    if record is None or record.phase is Phase.GONE:
        return Status(StatusWord.FAILED, issues)
    return Status(_WORDS[record.phase], issues)


def _with_both(reading: Reading, record: Record, *, now: datetime) -> Status:
    # A failed attempt is of the blob that was tried; a ready stack is of the blob that it was brought up to.
    done = record.spec_blob if record.phase is Phase.READY else record.seen_blob
    if reading.blob != done and record.phase in (Phase.READY, Phase.FAILED):
        word = StatusWord.UPDATING if record.spec_blob else StatusWord.CREATING
        return Status(word, _held(record) or f"its file changed; the next pass {_DOES[word]} the stack")
    if record.phase is Phase.READY and record.health is not None:
        return _as_seen(record, record.health, now=now)
    return Status(_WORDS[record.phase], _why(record))


def _as_seen(record: Record, health: WorkspaceHealth, *, now: datetime) -> Status:
    """What ended well is ready if it was well when a pass looked last; until it is, it is on its way, and then failed.

    A look that failed says nothing against it.
    """
    if not health.problem:
        unseen = f"its pods could not be looked at: {health.trouble}" if health.trouble else ""
        return Status(StatusWord.READY, _why(record) or unseen)
    on_its_way = StatusWord.UPDATING if health.well_at else StatusWord.CREATING
    word = on_its_way if now - record.updated_at < PATIENCE else StatusWord.FAILED
    return Status(word, f"{health.problem} (seen {format_instant(health.at)}; a pass looks again)")


_DOES = {StatusWord.UPDATING: "updates", StatusWord.CREATING: "creates"}


def _held(record: Record | None) -> str:
    return f"held: {record.held.why}" if record is not None and record.held else ""


def _why(record: Record) -> str:
    """A hold goes before an error. The reason of the last change is that of now only while that change goes on.

    What failed before, or was cut short, is not of now, once a pass has begun another attempt.
    """
    if not record.held and record.phase in (Phase.CREATING, Phase.UPDATING) and _is_another_attempt(record):
        which = f"attempt {record.attempts + 1}" if record.error else "another attempt"
        return f"a pass began {which} at {format_instant(record.updated_at)}"
    return _held(record) or record.error or (record.reason if record.phase is not Phase.READY else _drifted(record))


def _drifted(record: Record) -> str:
    """What of it no longer is as it was made, since when."""
    drift = record.drift
    if drift is None or not drift.found or drift.since is None:
        return ""
    more = f", and {len(drift.found) - 1} more" if len(drift.found) > 1 else ""
    return f"drifted since {format_instant(drift.since)}: {drift.found[0]}{more}"


def _is_another_attempt(record: Record) -> bool:
    """By its error, or by its change: one that was killed before it could fail left no error."""
    # A look at a fleet at rest needs no plan.
    from helium.core.plan import Code

    return bool(record.error) or record.code == Code.RETRY
