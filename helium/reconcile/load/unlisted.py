"""The stacks that exist though a listing lacks them: it may be older than the ledger."""

from __future__ import annotations

from dataclasses import replace

from helium.core.observation import Observation
from helium.core.plan import Change, Code, Create, Plan
from helium.core.record import Record
from helium.core.stack import Stack, StackId
from helium.ports.engine import Engine
from helium.reconcile.load.open_stacks import each_existing

CALLED_ABSENT = (Code.GONE, Code.LOST_STACK)
"""What is concluded from a stack that a listing lacks."""
MOST_ASKED = 20
"""Of how many stacks a pass asks whether they exist though the listing lacks them."""


def with_unlisted(engine: Engine, observed: Observation, *, plan: Plan) -> Observation:
    """The observation, with the stacks that exist though the listing lacks them.

    Before the plan calls a stack lost, gone, or yet to be made, the stacks that the ledger expects are asked for by
    name. Many at once are not asked: then the state is not what it was, which is another safeguard's question. The same
    observation comes back where nothing was asked.
    """
    listed = {stack.id for stack in observed.listing.stacks}
    names = (change.name for change in plan.changes if _takes_it_for_absent(change))
    missing = tuple(id for name in names if (id := _expected(observed, name)) and id not in listed)
    if not missing or not observed.listing.marker or len(missing) > MOST_ASKED:
        return observed
    found = each_existing(engine, missing, parallel=observed.fleet.limits.parallel)
    stacks = (*observed.listing.stacks, *map(Stack, found))
    return replace(observed, listing=replace(observed.listing, stacks=stacks))


def _takes_it_for_absent(change: Change) -> bool:
    return change.code in CALLED_ABSENT or (isinstance(change, Create) and not change.exists)


def _expected(observed: Observation, name: str) -> StackId | None:
    """The stack that the ledger says is there, or may be."""
    record = observed.records.get(name)
    if not isinstance(record, Record) or record.emptied is not None:
        return None
    try:
        return record.stack_id
    except ValueError:
        return None
