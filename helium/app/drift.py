"""`helium drift`: what lives beside what was made, for some workspaces or all. It takes no lease and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from helium.core.record import CorruptRecord, Record
from helium.errors import NotFoundError
from helium.reconcile.drift_looks import LookedAt, can_be_looked_at, look_at

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet

Skipped = tuple[str, str]
"""A name, and why it is not looked at."""


@contextmanager
def looks(fleet: OpenFleet, names: Sequence[str]) -> Iterator[tuple[tuple[Skipped, ...], Iterator[LookedAt]]]:
    """What is not looked at, and each look as it ends. Without names: everything that the ledger knows.

    `NotFoundError` for a name without a record: nothing was made.
    """
    known = fleet.ledger.read().records
    if missing := next((name for name in names if name not in known), ""):
        raise NotFoundError(missing)
    wanted = [(name, known[name]) for name in sorted(names or known)]
    skipped = tuple((name, _why_not(record)) for name, record in wanted if _why_not(record))
    records = [each for _, each in wanted if isinstance(each, Record) and not _why_not(each)]
    if not records:
        yield skipped, iter(())
        return
    with fleet.ports(applies=False) as ports:
        limits = fleet.fleet.limits
        yield skipped, look_at(records, engine=ports.engine, fleet=fleet.fleet, parallel=limits.parallel)


def _why_not(record: Record | CorruptRecord) -> str:
    if isinstance(record, CorruptRecord):
        return "its record cannot be read"
    return "" if can_be_looked_at(record) else f"it is {record.phase.value}"
