"""Rebuilding the records of stacks from the ownership inside them, where the ledger has none or a corrupt one."""

from __future__ import annotations

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.core.fleet_record import FleetRecord
from helium.core.record import Record
from helium.ports.ledger import Writes
from helium.reconcile.repair import rebuilt, refuse_newer


def rebuild(fleet: OpenFleet) -> tuple[str, ...]:
    """Write the records; the names that got one. The log stays as it is."""
    snapshot = fleet.ledger.read()
    refuse_newer(snapshot.records)
    known = {name for name, record in snapshot.records.items() if isinstance(record, Record) and not record.emptied}
    with_file = {entry.name for entry in fleet.repo.entries(fleet.repo.head())}
    with fleet.ports() as ports:
        listing = ports.engine.observe()
        if listing.marker:
            # With the wrong passphrase, every stack would look as if it said nothing.
            ports.engine.check_marker()
        bare = [stack.id for stack in listing.stacks if stack.id.name in with_file - known]
        ownerships = {stack: ports.engine.ownership(stack) for stack in bare}
        succeeded = {
            stack: ports.engine.succeeded(stack) for stack, ownership in ownerships.items() if ownership is not None
        }
    records = rebuilt(ownerships, succeeded, now=clock())
    writes = Writes(
        {record.name: record for record in records},
        snapshot.fleet_record or FleetRecord(fleet.fleet.name, marker="created" if listing.marker else "pending"),
        message=f"Rebuild {len(records)} records from their stacks",
    )
    fleet.ledger.write(writes, on=snapshot)
    return tuple(sorted(record.name for record in records))
