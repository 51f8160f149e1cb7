"""What the next pass would do, as far as git and the ledger can tell: for a door, which may not look at the state.

It takes the ledger's word for the stacks, and so sees no orphan and no loss; a pass looks itself. The brakes are asked
all the same, so that what they hold today is seen before the pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from helium.core.facts import Facts
from helium.core.plan import Overrides, Plan
from helium.core.record import Record
from helium.core.stack import Listing, Stack, StackId
from helium.core.workspace import Mark
from helium.reconcile.diff import diff
from helium.reconcile.guard import guard
from helium.reconcile.load import Sources, Wish, recent_deletes, without_state


def foresight(sources: Sources) -> Callable[[datetime], Plan]:
    """A function that plans, blocking; `SourceError` and `SpecError` when there is nothing to plan from."""

    def foresee(now: datetime) -> Plan:
        facts = without_state(sources, Wish(), now=now).facts
        whole = replace(facts, listing=_listing(facts), marks=dict(_marks(facts)))
        whole = replace(whole, recent_deletes=recent_deletes(sources.ledger, now))
        return guard(diff(whole, now), whole, overrides=Overrides())

    return foresee


def _listing(facts: Facts) -> Listing:
    made = facts.register is not None and facts.register.marker == "made"
    return Listing(tuple(Stack(id) for id, _ in _alive(facts)), marker=made)


def _marks(facts: Facts) -> Iterator[tuple[StackId, Mark]]:
    for id, record in _alive(facts):
        mark = Mark(
            facts.fleet.name,
            record.name,
            record.backend,
            record.owner,
            record.spec_blob or record.seen_blob,
            record.born,
            record.deadline,
        )
        yield id, mark


def _alive(facts: Facts) -> Iterator[tuple[StackId, Record]]:
    """The records whose stack was seen; a record whose stack has no name that can be is passed over."""
    for record in facts.records.values():
        if isinstance(record, Record) and record.alive and record.stack.count("/") == 2:
            yield record.stack_id, record
