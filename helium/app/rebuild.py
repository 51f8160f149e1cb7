"""Rebuilding the records of stacks from the ownership inside them, where the ledger has none or a corrupt one.

It refuses a state that belongs to another ledger, unless a person names that ledger's id.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.core.fleet_record import FleetRecord
from helium.core.record import Record
from helium.core.stack import Listing
from helium.errors import UsageError
from helium.ports import Ports
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.load import each_opened
from helium.reconcile.marker import UNPROVEN, other_ledger
from helium.reconcile.repair import rebuilt, refuse_newer


def rebuild(fleet: OpenFleet, *, only: Sequence[str] = (), take_over: str | None = None) -> tuple[str, ...]:
    """Write the records; the names that got one. The log stays as it is.

    `only`: of these names, also where the ledger has a record that can be read: it is of another incarnation.
    """
    snapshot = fleet.ledger.read()
    refuse_newer(snapshot.records)
    known = {name for name, record in snapshot.records.items() if isinstance(record, Record) and not record.emptied}
    with_file = {entry.name for entry in fleet.repo.entries(fleet.repo.head())}
    with fleet.ports() as ports:
        listing = ports.engine.observe()
        wanted = _named(only, listing, with_file=with_file) if only else with_file - known
        bare = [stack.id for stack in listing.stacks if stack.id.name in wanted and not stack.corrupt]
        # With the wrong passphrase, every stack would look as if it said nothing. This asks the marker first.
        names = tuple(sorted(stack.id.name for stack in listing.stacks))
        fleet_record = _ours(fleet, ports, snapshot=snapshot, marker=listing.marker, names=names, take_over=take_over)
        # A stack that cannot be opened stays without a record, and the plan names it.
        ownerships = each_opened(ports.engine, bare, parallel=fleet.fleet.limits.parallel).ownerships
        succeeded = {
            stack: ports.engine.succeeded(stack) for stack, ownership in ownerships.items() if ownership is not None
        }
        records = rebuilt(ownerships, succeeded, now=clock())
        writes = Writes(
            {record.name: record for record in records},
            fleet_record,
            message=f"Rebuild {len(records)} records from their stacks",
        )
        fleet.ledger.write(writes, on=snapshot)
        if take_over is not None and listing.marker:
            # After the ledger: if it is killed in between, the marker still names the other one, and this is repeated.
            ports.engine.create_marker(fleet_record.id)
    return tuple(sorted(record.name for record in records))


def _named(names: Sequence[str], listing: Listing, *, with_file: set[str]) -> set[str]:
    """These names; `UsageError` for one that has no stack to tell of it, or no file that would keep the stack."""
    there = {stack.id.name for stack in listing.stacks}
    for name in names:
        if name not in there:
            raise UsageError(f"{name} has no stack, so nothing says what its record should be.")
        if name not in with_file:
            raise UsageError(
                f"{name} has no file, so a pass would destroy its stack. To do so, run helium orphans --destroy {name}."
            )
    return set(names)


def _ours(
    fleet: OpenFleet,
    ports: Ports,
    *,
    snapshot: Snapshot,
    marker: bool,
    names: tuple[str, ...],
    take_over: str | None,
) -> FleetRecord:
    """The fleet's record, with the id that the marker has or will have."""
    new = FleetRecord(fleet.fleet.name, marker="created" if marker else "pending", id=secrets.token_hex(8))
    fleet_record = snapshot.fleet_record or new
    if not marker:
        return fleet_record
    found = ports.engine.check_marker()
    if found is not None and found == fleet_record.id:
        return fleet_record
    if take_over != (found or UNPROVEN):
        raise other_ledger(fleet.fleet.name, found, names=names)
    # A new id, so that whoever still passes by the other ledger is refused; and nothing goes before a person accepts.
    return replace(fleet_record, id=new.id, marker="created", accepted=None)
