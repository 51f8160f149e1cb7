"""What a write may still write when somebody else wrote in between. Pure.

A record is written only over the blob that its writer saw. The fleet's record is merged key by key: the writer's change
holds, unless the head has changed the same key. Then the head's holds, as it was first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from helium.adapters.ledger.serialization import newer
from helium.core.fleet_record import FleetRecord, LastPass, Lease
from helium.core.host_errors import PullRequestTakenError
from helium.core.record import CorruptRecord, Record
from helium.core.removal_requests import RemovalRequest
from helium.core.spec import NAME
from helium.errors import LeaseTakenError, OrderTakenError, OvertakenError, PlanEndedError, SourceError
from helium.ports.ledger import Snapshot, Writes


def due(writes: Writes, *, on: Snapshot, head: Snapshot) -> tuple[Writes, frozenset[str]]:
    """The writes that may go on `head`, and the names that may not; `LeaseTakenError` and its kin when none may."""
    if writes.takes_lease:
        _refuse_second(on.fleet_record, head.fleet_record)
    if writes.under is not None:
        _refuse_late(writes.under, head.fleet_record)
    _refuse_taken(writes, on=on, head=head)
    if writes.only_looked and _at_work_since(on.fleet_record, head.fleet_record):
        # What it saw may be half of what the holder of the lease is doing: a workspace whose create was announced, and
        # whose stack is not there yet, looks as if it were gone.
        return Writes(message=writes.message), frozenset(writes.records)
    dropped = frozenset(name for name in writes.records if not _ours(name, writes=writes, on=on, head=head))
    records = {name: record for name, record in writes.records.items() if name not in dropped}
    # A line stands and falls with its record: whoever changed that meanwhile has told the end, or will tell it.
    log = tuple(line for line in writes.log if line.name not in dropped)
    return replace(writes, records=records, log=log, fleet_record=_fleet_record(writes, on=on, head=head)), dropped


def with_requests(fleet_record: FleetRecord, requests: Sequence[RemovalRequest]) -> Writes:
    """What notes them, beside those that the fleet's record has. `SourceError` where a newer Helium wrote it."""
    _refuse_newer(fleet_record)
    ids = {request.id for request in requests}
    others = tuple(each for each in fleet_record.requests if each.id not in ids)
    noted = replace(fleet_record, requests=(*others, *requests))
    # A request that is sent again is known already, but for its time.
    if {each.id: each.names for each in noted.requests} == {each.id: each.names for each in fleet_record.requests}:
        noted = fleet_record
    return Writes(fleet_record=noted, message="Note a removal")


def _refuse_newer(fleet_record: FleetRecord) -> None:
    if newer(fleet_record.format):
        raise SourceError(f"A newer Helium wrote the ledger (format {fleet_record.format}). Update this one.")


def _refuse_second(before: FleetRecord | None, now: FleetRecord | None) -> None:
    """Each lease taken counts one up. If somebody took one since, ended or not, the writer's plan is outdated."""
    if now is None or _counter(now) == _counter(before):
        return
    if now.lease is not None:
        raise LeaseTakenError(str(now.lease))
    raise OvertakenError(now.last_pass.run if now.last_pass else "it has ended")


def _refuse_taken(writes: Writes, *, on: Snapshot, head: Snapshot) -> None:
    """An order is begun by one run. What it allows must not be announced by another one that has read it as well.

    So with the head of a pull request: who has not seen it must not push another one.
    """
    for id in writes.orders:
        if head.order_blobs.get(id) != on.order_blobs.get(id):
            raise OrderTakenError(id)
    for id in writes.pull_requests:
        if head.pull_request_blobs.get(id) != on.pull_request_blobs.get(id):
            raise PullRequestTakenError


def _counter(fleet_record: FleetRecord | None) -> int:
    return fleet_record.counter if fleet_record else 0


def _at_work_since(before: FleetRecord | None, now: FleetRecord | None) -> bool:
    """Whether a lease was taken, or renewed, since somebody looked. Who renews one that had run out has slept."""
    lease = now.lease if now else None
    renewed = lease is not None and lease != (before.lease if before else None)
    return renewed or _counter(now) != _counter(before)


def _refuse_late(under: tuple[str, int], now: FleetRecord | None) -> None:
    """Each lease taken counts one up, so a shard that everybody thought dead cannot overwrite what came after it."""
    lease = now.lease if now else None
    if lease is None or lease.term != under:
        raise PlanEndedError(under[0], str(lease) if lease else "")


def _ours(name: str, *, writes: Writes, on: Snapshot, head: Snapshot) -> bool:
    known, change = head.records.get(name), writes.records[name]
    if _of_newer(known) or (change is not None and not _writable(change, name)):
        return False
    return head.blobs.get(name) == on.blobs.get(name) or (known == change and not writes.claims)


def _of_newer(known: Record | CorruptRecord | None) -> bool:
    return known.newer if isinstance(known, CorruptRecord) else known is not None and newer(known.format)


def _writable(record: Record, name: str) -> bool:
    return record.name == name and NAME.fullmatch(name) is not None and not newer(record.format)


def _fleet_record(writes: Writes, *, on: Snapshot, head: Snapshot) -> FleetRecord | None:
    change = writes.fleet_record
    if change is None:
        return None
    base = on.fleet_record or FleetRecord(change.fleet)
    # Two who count one order up from the same number say the same, and mean two.
    if change == head.fleet_record and change.ordered == base.ordered:
        return None
    if head.fleet_record is None:
        return change
    _refuse_newer(head.fleet_record)
    values = {
        field.name: _key(field.name, base=base, ours=change, theirs=head.fleet_record) for field in fields(FleetRecord)
    }
    return replace(change, **values)


def _key(key: str, *, base: FleetRecord, ours: FleetRecord, theirs: FleetRecord) -> Any:
    before, mine, other = (getattr(fleet_record, key) for fleet_record in (base, ours, theirs))
    if mine == before:
        return other
    if key == "ordered":
        return other + mine - before
    if other == before or mine == other:
        return mine
    if key in _LISTS:
        # Passes take away what they have seen, while others note what they are asked for.
        done, new = {*before} - {*mine}, {*mine} - {*before} - {*other}
        return (*(each for each in other if each not in done), *(each for each in mine if each in new))
    both = _BOTH.get(key)
    return both(mine, other) if both else other


_LISTS = ("requests", "shares", "obeyed")


def _later(mine: LastPass | None, other: LastPass | None) -> LastPass | None:
    return max((one for one in (mine, other) if one), key=lambda one: one.time, default=None)


def _holder(mine: Lease | None, other: Lease | None) -> Lease | None:
    """The same holder's renewal moves `until`. Otherwise somebody else took or ended the lease, and that holds."""
    if mine and other and mine.term == other.term:
        return max(mine, other, key=lambda lease: lease.until)
    return other


def _marker(mine: str, other: str) -> str:
    return "created" if "created" in {mine, other} else other


_BOTH: Mapping[str, Callable[[Any, Any], Any]] = {
    "counter": max,
    "last_pass": _later,
    "lease": _holder,
    "marker": _marker,
}
