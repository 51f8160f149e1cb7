"""What the next pass would do by git and the ledger alone: for the API, which has no key to the state.

It takes the ledger's word for the stacks, so it sees neither orphans nor lost stacks; a pass looks for itself. The
safeguards are asked all the same, so that people see what they will refuse before the pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from helium.core.observation import Observation
from helium.core.plan import Overrides, Plan
from helium.core.record import Record
from helium.core.stack import Listing, Stack, StackId
from helium.core.workspace import Ownership
from helium.ports import Sources
from helium.reconcile.diff import diff
from helium.reconcile.guard import believed_time, guard
from helium.reconcile.load import Selection, recent_deletes, without_state


def previewer(sources: Sources) -> Callable[[datetime], Plan]:
    """A function that plans, blocking; `SourceError` and `SpecError` when there is nothing to plan from."""

    def foresee(now: datetime) -> Plan:
        return preview(sources, without_state(sources, Selection(), now=now).observed, now=now)

    return foresee


def preview(sources: Sources, observed: Observation, *, now: datetime) -> Plan:
    """The plan for what was observed without a look at the state."""
    whole = replace(observed, listing=_listing(observed), ownerships=dict(_ownerships(observed)))
    whole = replace(whole, recent_deletes=recent_deletes(sources.ledger, believed_time(observed, now)))
    return guard(diff(whole, now), whole, overrides=Overrides())


def _listing(observed: Observation) -> Listing:
    has_marker = observed.fleet_record is not None and observed.fleet_record.marker == "created"
    return Listing(tuple(Stack(id) for id, _ in _alive(observed)), marker=has_marker)


def _ownerships(observed: Observation) -> Iterator[tuple[StackId, Ownership]]:
    for id, record in _alive(observed):
        ownership = Ownership(
            observed.fleet.name,
            record.name,
            record.backend,
            record.owner,
            record.spec_blob or record.seen_blob,
            record.added_at,
            record.deadline,
        )
        yield id, ownership


def _alive(observed: Observation) -> Iterator[tuple[StackId, Record]]:
    """The records with a stack; one whose stack has an impossible name is skipped."""
    for record in observed.records.values():
        if isinstance(record, Record) and record.alive and record.stack.count("/") == 2:
            yield record.stack_id, record
