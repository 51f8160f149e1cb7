"""What a person says when ledger and state have drifted apart: which records are given up.

Pure: values for one write. Nothing here is ever done by a pass on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.log_line import LogLine
from helium.core.plan import Code
from helium.core.record import CorruptRecord, Record
from helium.core.stack import Listing
from helium.core.transitions import emptied
from helium.errors import NotFoundError, SourceError


@dataclass(frozen=True, slots=True)
class Repair:
    """Records to write, and the lines that tell it."""

    records: Mapping[str, Record | None] = field(default_factory=dict)
    lines: tuple[LogLine, ...] = ()


def accept_loss(
    records: Mapping[str, Record | CorruptRecord], names: Iterable[str], *, now: datetime, by: str, run: str
) -> Repair:
    """The records of stacks that are gone for good: as if seen empty. A file that is there makes its workspace anew."""
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
            )
        )
    return Repair(given_up, tuple(lines))


def refuse_newer(records: Mapping[str, Record | CorruptRecord]) -> None:
    """`SourceError` with the first record that a newer Helium wrote: what cannot be read is not to be written over."""
    for record in records.values():
        if isinstance(record, CorruptRecord) and record.newer:
            raise SourceError(f"{record.sentence}, or use the one that wrote it; nothing was written")


def unlisted(records: Mapping[str, Record | CorruptRecord], listing: Listing) -> tuple[str, ...]:
    """The names whose records tell of a stack that was alive, and which the state lacks."""
    there = {str(stack.id) for stack in listing.stacks}
    alive = (record for record in records.values() if isinstance(record, Record) and record.alive)
    return tuple(sorted(record.name for record in alive if record.stack not in there))
