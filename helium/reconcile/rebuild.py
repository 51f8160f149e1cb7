"""Records made anew from what the stacks say of themselves, when the ledger is gone. Pure.

They plan the same: the last good spec is known only where Pulumi calls the last update succeeded; elsewhere the next
pass tries again. A mark that is not its stack's own proves nothing and makes no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from helium.core.expiry import format_lifetime, parse_lifetime
from helium.core.record import Phase, Record
from helium.core.stack import StackId
from helium.core.workspace import Ownership


def rebuilt(
    ownerships: Mapping[StackId, Ownership | None], succeeded: Mapping[StackId, bool], *, now: datetime
) -> tuple[Record, ...]:
    """One record for each stack with a mark of its own, sorted by name; `succeeded` is of each stack's last update.

    Where two stacks hold one name, the first by id is recorded: the plan then names them both.
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
        reason="rebuilt from what its stack says",
        half_done=not good,
    )


def _lifetime(ownership: Ownership) -> str | None:
    """The default of its day, if one gave its deadline: today's may be shorter, and ends nobody's life."""
    length = ownership.deadline - ownership.added_at
    text = format_lifetime(length)
    try:
        return text if parse_lifetime(text) == length else None
    except ValueError:
        return None
