"""What a person repairs when ledger and state no longer fit together: lost stacks, and a ledger that is gone.

Pure: values for one write. No pass ever does any of this on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.deadlines import format_lifetime, parse_lifetime
from helium.core.log_line import LogLine, UsageNote
from helium.core.plan import Code
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.stack import Listing, StackId
from helium.core.transitions import emptied
from helium.core.workspace import Ownership
from helium.errors import NotFoundError, SourceError


@dataclass(frozen=True, slots=True)
class Repair:
    """Records to write, and the log lines that explain them."""

    records: Mapping[str, Record | None] = field(default_factory=dict)
    lines: tuple[LogLine, ...] = ()


def accept_loss(
    records: Mapping[str, Record | CorruptRecord], names: Iterable[str], *, now: datetime, by: str, run: str
) -> Repair:
    """The records of stacks that are lost for good, as if seen empty. A file that is still there creates it again."""
    given_up: dict[str, Record | None] = {}
    lines: list[LogLine] = []
    for name in sorted(names):
        record = records.get(name)
        if not isinstance(record, Record):
            raise NotFoundError(name)
        given_up[name] = emptied(record, now=now)
        lines.append(
            LogLine(
                time=now,
                name=name,
                code=Code.LOST_STACK.value,
                sentence="its stack is lost, and a person accepted that",
                added_at=record.added_at,
                by=record.owner,
                approved_by=by,
                run=run,
                usage=UsageNote.of(record, ended=True),
            )
        )
    return Repair(given_up, tuple(lines))


def refuse_newer(records: Mapping[str, Record | CorruptRecord]) -> None:
    """`SourceError` for the first record that a newer Helium wrote: this one must not overwrite what it cannot read."""
    for record in records.values():
        if isinstance(record, CorruptRecord) and record.newer:
            raise SourceError(f"{record.sentence}, or use the one that wrote it; nothing was written")


def unlisted(records: Mapping[str, Record | CorruptRecord], listing: Listing) -> tuple[str, ...]:
    """The names whose stack existed by their records, and is not in the state."""
    there = {str(stack.id) for stack in listing.stacks}
    alive = (record for record in records.values() if isinstance(record, Record) and record.alive)
    return tuple(sorted(record.name for record in alive if record.stack not in there))


def rebuilt(
    ownerships: Mapping[StackId, Ownership | None], succeeded: Mapping[StackId, bool], *, now: datetime
) -> tuple[Record, ...]:
    """Records from what the stacks say of themselves, sorted by name: they lead to the same plan as the lost ones.

    `succeeded`: whether Pulumi calls a stack's last update good. Only then is its last good spec known; otherwise the
    next pass tries again. An ownership that is not its stack's own proves nothing. Where two stacks hold one name, the
    first by id is recorded, and the plan then names them both.
    """
    records: dict[str, Record] = {}
    for stack, ownership in sorted(ownerships.items(), key=lambda item: item[0]):
        if ownership is not None and stack == StackId.of(ownership.fleet, ownership.backend, name=ownership.name):
            records.setdefault(ownership.name, _record(stack, ownership, good=succeeded.get(stack, False), now=now))
    return tuple(records[name] for name in sorted(records))


def _record(stack: StackId, ownership: Ownership, *, good: bool, now: datetime) -> Record:
    return Record(
        name=ownership.name,
        backend=ownership.backend,
        phase=Phase.READY if good else Phase.FAILED,
        added_at=ownership.added_at,
        deadline=ownership.deadline,
        written=ownership.written,
        owner=ownership.owner,
        created_at=ownership.added_at,
        updated_at=now,
        seen_blob=ownership.blob,
        stack=str(stack),
        spec_blob=ownership.blob if good else None,
        lifetime=_lifetime(ownership),
        pins=ownership.pins,
        placement=ownership.placement,
        protected=ownership.protected,
        observed_at=now,
        reason="The record was rebuilt from what the stack says.",
        half_done=not good,
    )


def _lifetime(ownership: Ownership) -> str | None:
    """The default lifetime of its day, if that gave the deadline: today's may be shorter, and must not end it early."""
    length = (ownership.written or ownership.deadline) - ownership.added_at
    text = format_lifetime(length)
    try:
        return text if parse_lifetime(text) == length else None
    except ValueError:
        return None
