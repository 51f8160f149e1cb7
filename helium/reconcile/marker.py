"""Whose the state is: the fleet's marker holds the id of the one ledger by which its workspaces come and go.

It refuses a ledger with another id. Two repositories may give their fleets the same name and the same state, and each
would destroy what the other one created.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from helium.core.fleet_record import FleetRecord
from helium.core.stack import StackId
from helium.errors import EngineError, UsageError
from helium.ports.engine import Engine

if TYPE_CHECKING:
    from helium.reconcile.apply import ApplyContext

UNPROVEN = "unproven"
"""Stands for the id of a marker that has lost it."""


def prove_ledger(engine: Engine, fleet_record: FleetRecord) -> None:
    """Return where the passphrase is right and the marker has this ledger's id.

    `EngineError` for a marker that Helium cannot read, `UsageError` for one of another ledger. A ledger that says
    `pending` may have been killed while it wrote the marker.
    """
    found = engine.check_marker()
    if found is None and fleet_record.marker == "created":
        todo = "run helium ledger accept-loss --state to write it"
        raise EngineError(str(StackId.marker(fleet_record.fleet)), f"its proof of the passphrase is missing; {todo}")
    if found is not None and found != fleet_record.id:
        raise other_ledger(fleet_record.fleet, found)


def create_marker(context: ApplyContext) -> None:
    """Create the stack that says whose the state is. The ledger says `pending` before, and `created` afterwards.

    A pass that was killed while it created the marker may have left it without its proof of the passphrase.
    """
    writer = context.writer
    if not context.observed.listing.marker or writer.fleet_record.marker != "created":
        context.ports.engine.create_marker(writer.fleet_record.id)
    writer.update_fleet_record(lambda known: replace(known, marker="created"))


def other_ledger(fleet: str, found: str | None, *, names: tuple[str, ...] = ()) -> UsageError:
    """Says that the state belongs to another ledger, and how a person takes it over."""
    what = f" It would take over {', '.join(names)}." if names else ""
    return UsageError(
        f"The state of the fleet {fleet} belongs to another ledger ({found or UNPROVEN}): another repository, or "
        f"another copy of this one, creates and destroys its workspaces. Nothing was done.{what} If that ledger is "
        f"gone for good, run helium ledger rebuild --take-over {found or UNPROVEN}. Whoever still passes by it is "
        "refused from then on."
    )
