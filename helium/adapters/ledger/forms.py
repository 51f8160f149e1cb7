"""How records, the register and log lines are written: JSON with sorted keys, one key a line, to diff well.

Reading is strict: what is not exactly a record of the name that its path spells raises `ValueError` with the reason.
A newer format is read as far as it can be, and never written.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import datetime
from functools import partial

import msgspec

from helium.core.log import LogLine
from helium.core.record import FORMAT, Record
from helium.core.register import Register
from helium.core.spec import NAME

REGISTER = "fleet.json"
RECORDS = "records"
LOG = "log"

_records = msgspec.json.Decoder(Record)
_registers = msgspec.json.Decoder(Register)
_lines = msgspec.json.Decoder(LogLine)
_encode = partial(msgspec.json.encode, order="sorted")


def shelf(name: str) -> str:
    """The folder of a record: the first two hex digits of the name's SHA-256."""
    return hashlib.sha256(name.encode()).hexdigest()[:2]


def record_path(name: str) -> str:
    """Where the record of a name lies: `records/AB/NAME.json`; `ValueError` for what is no name."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a workspace's name")
    return f"{RECORDS}/{shelf(name)}/{name}.json"


def log_path(instant: datetime) -> str:
    """The file of the instant's UTC day."""
    return f"{LOG}/{instant:%Y/%m/%d}.jsonl"


def record_text(record: Record) -> bytes:
    """A record's file."""
    return _pretty(record)


def register_text(register: Register) -> bytes:
    """The text of `fleet.json`."""
    return _pretty(register)


def line_text(line: LogLine) -> bytes:
    """One line of the log, with its end."""
    return bytes(_encode(line)) + b"\n"


def read_record(data: bytes, *, name: str) -> Record:
    """The record of that name; `ValueError` with the reason when it is none."""
    record = _records.decode(data)
    if record.name != name:
        raise ValueError(f"it says that it is the record of {record.name!r}")
    naive = [field for field, value in _instants(record) if value.tzinfo is None]
    if naive:
        raise ValueError(f"{', '.join(naive)} has no time zone")
    return record


def read_register(data: bytes) -> Register:
    """The register; `ValueError` with the reason when it is none."""
    register = _registers.decode(data)
    lease, pause, last = register.lease, register.pause, register.last_pass
    instants = (
        lease.until if lease else None,
        *((pause.since, pause.until) if pause else ()),
        last.time if last else None,
    )
    if any(instant is not None and instant.tzinfo is None for instant in instants):
        raise ValueError("an instant has no time zone")
    return register


def read_line(data: bytes) -> LogLine:
    """One line of the log; `ValueError` when it is none."""
    line = _lines.decode(data)
    if line.time.tzinfo is None or (line.born is not None and line.born.tzinfo is None):
        raise ValueError("an instant has no time zone")
    return line


def newer(form: int) -> bool:
    """Whether a newer Helium wrote it, so that this one must not."""
    return form > FORMAT


_INSTANTS = tuple(field.name for field in fields(Record) if "datetime" in str(field.type))


def _instants(record: Record) -> list[tuple[str, datetime]]:
    plain = [(name, value) for name in _INSTANTS if (value := getattr(record, name)) is not None]
    if record.removed is not None:
        plain.append(("removed", record.removed.time))
    if record.held is not None:
        plain.append(("held", record.held.since))
    return plain


def _pretty(value: Record | Register) -> bytes:
    return bytes(msgspec.json.format(_encode(value), indent=2)) + b"\n"
