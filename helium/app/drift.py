"""`helium drift`: what lives beside what was made, for some workspaces or all. It takes no lease and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helium.core.record import CorruptRecord, Record
from helium.errors import NotFoundError
from helium.reconcile.drift_looks import LookedAt, can_be_looked_at, look_at

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet

Skipped = tuple[str, str]
"""A name, and why it is not looked at."""


@dataclass(frozen=True, slots=True)
class FleetDrift:
    """What each look found, by name; and what was not looked at."""

    looked: tuple[LookedAt, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def look(fleet: OpenFleet, names: Sequence[str]) -> FleetDrift:
    """Look at these workspaces; without names, at everything that the ledger knows.

    `NotFoundError` for a name without a record: nothing was made.
    """
    known = fleet.ledger.read().records
    if missing := next((name for name in names if name not in known), ""):
        raise NotFoundError(missing)
    wanted = {name: known[name] for name in sorted(names or known)}
    skipped = tuple((name, why) for name, record in wanted.items() if (why := _why_not(record)))
    records = [each for each in wanted.values() if isinstance(each, Record) and not _why_not(each)]
    if not records:
        return FleetDrift(skipped=skipped)
    with fleet.ports(applies=False) as ports:
        looks = look_at(records, engine=ports.engine, fleet=fleet.fleet, parallel=fleet.fleet.limits.parallel)
        looked = sorted(looks, key=lambda each: each.name)
    # What a pass was at work on meanwhile was seen between two states, and differs from both.
    since = fleet.ledger.read().records
    changed = {record.name for record in records if _version(since.get(record.name)) != _version(record)}
    overtaken = tuple((each.name, "a pass changed it meanwhile") for each in looked if each.name in changed)
    return FleetDrift(tuple(each for each in looked if each.name not in changed), (*skipped, *overtaken))


def _version(record: Record | CorruptRecord | None) -> tuple[str, str]:
    """What moves when something is done to its stack, and not when somebody only looks."""
    return (record.phase.value, str(record.updated_at)) if isinstance(record, Record) else ("", "")


def _why_not(record: Record | CorruptRecord) -> str:
    if isinstance(record, CorruptRecord):
        return "its record cannot be read"
    return "" if can_be_looked_at(record) else f"it is {record.phase.value}"
