"""Accepting that stacks are lost for good, or that the whole state has been replaced. A person has to say so, by name.

It refuses to give up a stack that the state still lists, and the stacks of another fleet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock, run_here
from helium.core.fleet_record import FleetRecord
from helium.errors import UsageError
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.marker import other_ledger
from helium.reconcile.repair import accept_loss as given_up
from helium.reconcile.repair import unlisted


def accept_loss(
    fleet: OpenFleet, snapshot: Snapshot, *, fleet_record: FleetRecord, names: Sequence[str], state: bool
) -> tuple[str, ...]:
    """Give up the named stacks, or with `state` all that the state lacks, and create its marker; their names."""
    with fleet.ports(new_state=state) as ports:
        listing = ports.engine.observe()
        lost = unlisted(snapshot.records, listing)
        if wrong := sorted(set(names) - set(lost)):
            raise UsageError(f"{wrong[0]} is not lost; helium why {wrong[0]} --state explains its status")
        if state and lost and fleet_record.fleet != fleet.fleet.name:
            raise UsageError(
                f"helium.yaml names the fleet {fleet.fleet.name}, but the workspaces belong to {fleet_record.fleet}; "
                f"write fleet: {fleet_record.fleet} again"
            )
        if state:
            if listing.marker and (found := ports.engine.check_marker()) not in (None, fleet_record.id):
                raise other_ledger(fleet.fleet.name, found, names=tuple(stack.id.name for stack in listing.stacks))
            ports.engine.create_marker(fleet_record.id)
            fleet_record = replace(fleet_record, marker="created")
    chosen = tuple(sorted(names or lost))
    person = fleet.person()
    loss = given_up(snapshot.records, chosen, now=clock(), by=person, run=run_here(fleet.settings).id)
    message = f"Accept the loss of {len(chosen)} stacks, as {person} says"
    fleet.ledger.write(Writes(loss.records, fleet_record, loss.lines, message), on=snapshot)
    return chosen
