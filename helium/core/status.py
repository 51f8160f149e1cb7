"""How a workspace stands, in one word and a reason, for people and for scripts that wait for `ready` or `failed`.

Pure; from the file, the record, and the clock. A file that no pass has seen yet is `creating`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helium.core.expiry import format_instant
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import InvalidSpec, Reading, Spec


class StatusWord(StrEnum):
    """What an answer can say."""

    REQUESTED = "requested"
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


def ends(reading: Reading | None, record: Record | CorruptRecord | None) -> datetime | None:
    """The deadline as far as it is known: what the file asks for, else what the record holds."""
    if isinstance(reading, Spec) and reading.expiry is not None:
        return reading.expiry
    return record.deadline if isinstance(record, Record) else None


def is_expired(reading: Reading | None, record: Record | CorruptRecord | None, *, now: datetime) -> bool:
    """Whether the deadline is known and has passed."""
    deadline = ends(reading, record)
    return deadline is not None and deadline <= now


def status(reading: Reading | None, record: Record | CorruptRecord | None, *, now: datetime) -> Status:
    """The word and the reason of a name that has a file, a record, or both."""
    if isinstance(record, CorruptRecord):
        return Status(StatusWord.FAILED, record.sentence)
    if record is not None and record.phase is Phase.DELETING:
        return Status(StatusWord.DELETING, _why(record))
    if is_expired(reading, record, now=now):
        return Status(StatusWord.EXPIRED, _past(reading, record))
    if reading is None:
        return Status(StatusWord.DELETING, _why(record) or "its file was removed; the next pass destroys the stack")
    if isinstance(reading, InvalidSpec):
        return _unreadable(reading, record)
    if record is None or record.phase is Phase.GONE:
        return Status(StatusWord.CREATING, "the next pass makes it")
    return _both(reading, record)


def _both(reading: Reading, record: Record) -> Status:
    seen = record.seen_blob if record.phase is not Phase.READY else record.spec_blob
    if reading.blob != seen and record.phase in (Phase.READY, Phase.FAILED):
        word = StatusWord.UPDATING if record.spec_blob else StatusWord.CREATING
        return Status(word, _held(record) or "its file was changed; the next pass brings the stack up to it")
    return Status(_WORDS[record.phase], _why(record))


def _unreadable(reading: InvalidSpec, record: Record | None) -> Status:
    """A fault in the file leaves what runs alone, so it fails only what was never made."""
    faults = "; ".join(str(fault) for fault in reading.faults)
    if record is None or record.phase is Phase.GONE:
        return Status(StatusWord.FAILED, faults)
    return Status(_WORDS[record.phase], faults)


def _held(record: Record) -> str:
    return f"held: {record.held.why}" if record.held else ""


def _why(record: Record | None) -> str:
    return "" if record is None else _held(record) or record.error or record.reason


def _past(reading: Reading | None, record: Record | None) -> str:
    deadline = ends(reading, record)
    held = _held(record) if record is not None else ""
    return held or (f"its deadline {format_instant(deadline)} has passed" if deadline else "")
