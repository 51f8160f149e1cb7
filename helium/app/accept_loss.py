"""Accepting that stacks are lost for good, or that the whole state has been replaced. A person has to say so, by name.

It refuses to give up a stack that the state still lists, and the stacks of another fleet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock, run_here
from helium.core.fleet_record import FleetRecord
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.stack import Listing, StackId
from helium.errors import UsageError
from helium.ports.engine import Engine
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.marker import other_ledger
from helium.reconcile.repair import accept_loss as given_up
from helium.reconcile.repair import unlisted


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The names, and where the state files are now that nobody could read."""

    names: tuple[str, ...]
    files: tuple[str, ...] = ()


def accept_loss(
    fleet: OpenFleet, snapshot: Snapshot, *, fleet_record: FleetRecord, names: Sequence[str], state: bool, by: str = ""
) -> GivenUp:
    """Give up the named stacks, or with `state` all that the state lacks, and create its marker.

    A stack that is listed is given up only if it cannot be opened, or is not what its record says. Its state file is
    renamed, never removed. `by`: who says so, where that is not the person whom git knows.
    """
    files: tuple[str, ...] = ()
    with fleet.ports(new_state=state) as ports:
        listing = ports.engine.observe()
        lost = unlisted(snapshot.records, listing)
        listed = _listed(listing, set(names) - set(lost))
        if listed and listing.marker:
            # By a wrong passphrase no stack can be opened.
            ports.engine.check_marker()
        if state and lost and fleet_record.fleet != fleet.fleet.name:
            raise UsageError(
                f"helium.yaml names the fleet {fleet.fleet.name}, but the workspaces belong to {fleet_record.fleet}; "
                f"write fleet: {fleet_record.fleet} again"
            )
        if state:
            files = _marked(ports.engine, listing, fleet_record=fleet_record, fleet=fleet.fleet.name)
            fleet_record = replace(fleet_record, marker="created")
        chosen = tuple(sorted(names or lost))
        person = by or fleet.person()
        # A corrupt stack may have no record at all, or one that cannot be read: `helium orphans --forget` drops that.
        without = {name for name in listed if isinstance(snapshot.records.get(name), CorruptRecord | None)}
        recorded = [name for name in chosen if name not in without]
        loss = given_up(snapshot.records, recorded, now=clock(), by=person, run=run_here(fleet.settings).id)
        # Before the ledger is written: killed in between, the stack is lost, and can be given up again.
        files += tuple(
            file
            for name, stacks in listed.items()
            for file in _set_aside(ports.engine, stacks, record=snapshot.records.get(name), name=name)
        )
    message = f"Accept the loss of {len(chosen)} stacks, as {person} says"
    fleet.ledger.write(Writes(loss.records, fleet_record, loss.lines, message), on=snapshot)
    return GivenUp(chosen, files)


def _marked(engine: Engine, listing: Listing, *, fleet_record: FleetRecord, fleet: str) -> tuple[str, ...]:
    """Make the marker that says whose the state is. Where the files are now of one that could not be read."""
    files: tuple[str, ...] = ()
    if listing.marker and (fleet_record.marker == "created" or not listing.stacks):
        # A marker that cannot be read proves no ledger. This ledger had proven itself, or there is nothing yet.
        files = engine.set_aside(StackId.marker(fleet))
    if listing.marker and not files and (found := engine.check_marker()) not in (None, fleet_record.id):
        raise other_ledger(fleet, found, names=tuple(stack.id.name for stack in listing.stacks))
    engine.create_marker(fleet_record.id)
    return files


def _listed(listing: Listing, names: set[str]) -> dict[str, tuple[StackId, ...]]:
    """The stacks of these names; `UsageError` for a name that has none."""
    found = {name: tuple(stack.id for stack in listing.stacks if stack.id.name == name) for name in sorted(names)}
    for name, stacks in found.items():
        if not stacks:
            raise _not_lost(name)
    return found


def _set_aside(
    engine: Engine, stacks: Sequence[StackId], *, record: Record | CorruptRecord | None, name: str
) -> tuple[str, ...]:
    """Where the files of those are now that say nothing of this workspace; `UsageError` if all of them do."""
    files = tuple(file for stack in stacks for file in engine.set_aside(stack))
    if not files and isinstance(record, Record):
        stray = [stack for stack in stacks if str(stack) == record.stack and _is_another(engine, stack, record=record)]
        files = tuple(file for stack in stray for file in engine.set_aside(stack, readable=True))
    if not files:
        raise _not_lost(name)
    return files


def _is_another(engine: Engine, stack: StackId, *, record: Record) -> bool:
    """Whether the stack of a workspace that was up once does not say whose it is, or says another name.

    Such a state was damaged, or copied from elsewhere. What is left of another incarnation of this name can be
    destroyed, and what a killed destroy left bare is removed by the next pass.
    """
    ownership = engine.ownership(stack)
    if ownership is None:
        ends = record.phase in (Phase.DELETING, Phase.GONE) and engine.bare(stack)
        return record.spec_blob is not None and not ends
    return ownership.fleet == stack.fleet and (ownership.name, ownership.backend) != (record.name, record.backend)


def _not_lost(name: str) -> UsageError:
    return UsageError(f"{name} is not lost; helium why {name} --state explains its status")
