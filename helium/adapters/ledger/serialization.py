"""How records, the fleet's record, plans and log lines are written: JSON with sorted keys, one per line, to diff well.

Reading is strict: a file that is not exactly the record of the name in its path raises `ValueError` with the reason. A
newer format is read where that is possible, and never overwritten.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from helium.core.fleet_record import FleetRecord
from helium.core.record import FORMAT, Record
from helium.core.spec import NAME
from helium.errors import UsageError

if TYPE_CHECKING:
    from helium.core.change_request import SharedPullRequest
    from helium.core.log_line import LogLine
    from helium.core.order import Order
    from helium.core.sharded_plan import ShardedPlan

FLEET_RECORD = "fleet.json"
RECORDS = "records"
LOG = "log"
PLANS = "plans"
FAILURES = "failures"
ORDERS = "orders"
PULL_REQUESTS = "pull-requests"
CHANNELS = "channels.json"
_Whole = TypeVar("_Whole")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class _Form:
    """What is read first of a file whose other keys a newer Helium may have changed."""

    format: int


_records = msgspec.json.Decoder(Record)
_fleet_records = msgspec.json.Decoder(FleetRecord)
_encode = partial(msgspec.json.encode, order="sorted")


def folder_of(name: str) -> str:
    """The folder of a record: the first two hex digits of the name's SHA-256."""
    return hashlib.sha256(name.encode()).hexdigest()[:2]


def record_path(name: str) -> str:
    """Where the record of a name lies: `records/AB/NAME.json`; `ValueError` for an impossible name."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a workspace's name")
    return f"{RECORDS}/{folder_of(name)}/{name}.json"


def failure_path(name: str) -> str:
    """Where it lies why a name failed: `failures/AB/NAME.txt`."""
    return f"{FAILURES}/{folder_of(name)}/{name}.txt"


def log_path(instant: datetime) -> str:
    """The file of the instant's UTC day."""
    return f"{LOG}/{instant:%Y/%m/%d}.jsonl"


def plan_path(run: str) -> str:
    """Where the plan of a run lies: `plans/RUN.json`; `UsageError` for an id that cannot be a file's name."""
    if not _RUN.fullmatch(run):
        raise UsageError(f"The id of this run is {run!r}, which cannot name a file. Check GITHUB_RUN_ID.")
    return f"{PLANS}/{run}.json"


def order_path(id: str) -> str:
    """Where an order lies: `orders/ID.json`; `UsageError` for an id that cannot be a file's name."""
    if not _RUN.fullmatch(id):
        raise UsageError(f"{id[:40]!r} is not the id of an order. See helium operate list.")
    return f"{ORDERS}/{id}.json"


def pull_request_path(id: str) -> str:
    """Where it lies what Helium opened a pull request for: `pull-requests/ID.json`."""
    return f"{PULL_REQUESTS}/{id}.json"


def record_text(record: Record) -> bytes:
    """A record's file."""
    return pretty(record)


def fleet_record_text(fleet_record: FleetRecord) -> bytes:
    """The text of `fleet.json`."""
    return pretty(fleet_record)


def plan_text(sharded: ShardedPlan) -> bytes:
    """The file of a plan that is left for shards."""
    return pretty(sharded)


def order_text(order: Order) -> bytes:
    """The file of an order."""
    return pretty(order)


def pull_request_text(shared: SharedPullRequest) -> bytes:
    """The file of a pull request of Helium's own."""
    return pretty(shared)


def line_text(line: LogLine) -> bytes:
    """One line of the log, with its end."""
    return bytes(_encode(line)) + b"\n"


def read_record(data: bytes, *, name: str) -> Record:
    """The record of that name; `ValueError` with the reason when the text is not one."""
    record = _records.decode(data)
    if record.name != name:
        raise ValueError(f"it claims to be the record of {record.name!r}")
    naive = [field for field, value in _instants(record) if value.tzinfo is None]
    if naive:
        raise ValueError(f"{', '.join(naive)} has no time zone")
    return record


def read_fleet_record(data: bytes) -> FleetRecord:
    """The fleet's record; `ValueError` with the reason when the text is not one."""
    fleet_record = _fleet_records.decode(data)
    _refuse_naive(fleet_record)
    return fleet_record


@cache
def _lines() -> msgspec.json.Decoder[LogLine]:
    # Built when the log is read, which most commands do not.
    from helium.core.log_line import LogLine

    return msgspec.json.Decoder(LogLine)


def read_line(data: bytes) -> LogLine:
    """One line of the log; `ValueError` when the text is not one."""
    line = _lines().decode(data)
    if line.time.tzinfo is None or (line.added_at is not None and line.added_at.tzinfo is None):
        raise ValueError("an instant has no time zone")
    if line.usage is not None and line.usage.began is not None and line.usage.began.tzinfo is None:
        raise ValueError("an instant has no time zone")
    return line


def read_plan(data: bytes) -> ShardedPlan:
    """A plan for shards; `ValueError` with the reason when the text is not one, or a newer Helium wrote it."""
    # A plan has many types, and only shards read one. Every other command would wait for them.
    from helium.core.sharded_plan import FORMAT as PLAN_FORMAT
    from helium.core.sharded_plan import ShardedPlan

    return _decoded(data, ShardedPlan, newest=PLAN_FORMAT)


def read_order(data: bytes, *, id: str) -> Order:
    """The order of that id; `ValueError` with the reason when the text is not one, or of a kind that is not known."""
    # Few ledgers have one.
    from helium.core.order import FORMAT as ORDER_FORMAT
    from helium.core.order import Order

    order = _decoded(data, Order, newest=ORDER_FORMAT)
    if order.id != id:
        raise ValueError(f"it claims to be the order {order.id!r}")
    if not all(NAME.fullmatch(name) for name in order.names):
        raise ValueError("it names what cannot be a workspace")
    return order


def read_pull_request(data: bytes, *, id: str) -> SharedPullRequest:
    """The pull request of that id; `ValueError` with the reason when the text is not one."""
    from helium.core.change_request import FORMAT as REQUESTS_FORMAT
    from helium.core.change_request import SharedPullRequest

    shared = _decoded(data, SharedPullRequest, newest=REQUESTS_FORMAT)
    # Whatever name a file on main has, somebody may ask for its removal.
    if shared.id != id:
        raise ValueError(f"it is not the pull request {id!r}")
    return shared


def _decoded(data: bytes, kind: type[_Whole], *, newest: int) -> _Whole:
    """A file that is read whole; `ValueError` with the reason, where a newer Helium wrote it or it is none of these."""
    form = msgspec.json.decode(data, type=_Form).format
    if form > newest:
        raise ValueError(f"a newer Helium wrote it, in format {form}; update this one")
    value = msgspec.json.decode(data, type=kind)
    _refuse_naive(value)
    return value


def _refuse_naive(value: object) -> None:
    """Looks at every value. Records and log lines, of which there are thousands, check known fields instead."""
    if any(instant.tzinfo is None for instant in _times(msgspec.to_builtins(value, builtin_types=(datetime,)))):
        raise ValueError("an instant has no time zone")


def _times(value: object) -> Iterator[datetime]:
    """Every instant in a value, however deep."""
    if isinstance(value, datetime):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for each in inner:
        yield from _times(each)


def format_of(data: bytes) -> int:
    """The format that a text says it has; 0 where it says none."""
    try:
        return msgspec.json.decode(data, type=_Form).format
    except (ValueError, RecursionError):
        return 0


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
    if record.drift is not None:
        plain += [("drift", each) for each in (record.drift.looked, record.drift.since) if each is not None]
    if (health := record.health) is not None:
        seen = (health.at, health.next_at, health.well_at, *(each.at for each in health.warnings))
        plain += [("health", value) for value in seen if value is not None]
    return plain


def pretty(value: object) -> bytes:
    """A value as the text of a file of the ledger."""
    return bytes(msgspec.json.format(_encode(value), indent=2)) + b"\n"
