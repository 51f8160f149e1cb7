"""Steps that a whole pass hardly ever comes to: the guard, or the pen, has stopped it before."""

from __future__ import annotations

import pytest

from helium.core.plan import Code, Destroy
from helium.core.record import Phase, Record
from helium.core.stack import Listing
from helium.reconcile.apply import Site, announce, apply
from helium.reconcile.book import Book, Run
from helium.reconcile.lines import Teller
from helium.reconcile.ports import Writes
from tests.made import BORN, fleet_of, record, register, stack_id
from tests.reconcile.harness import START, Stage

RUN = Run("run-1", "host-1", 100, "boot-1", gone=lambda pid: False)
DESTROY = Destroy(name="a", code=Code.FILE_REMOVED, reason="gone", stack=stack_id("a"), born=BORN)


@pytest.fixture
def stage() -> Stage:
    """A fleet without workspaces."""
    return Stage()


def site(stage: Stage, *records: Record) -> Site:
    """Where a pass with the lease does its work, on a ledger that knows these records."""
    stage.ledger.write(Writes({each.name: each for each in records}, register()), on=stage.ledger.read())
    snapshot = stage.ledger.read()
    book = Book(stage.ledger, snapshot, register=register(), run=RUN, clock=lambda: START)
    facts = fleet_of("a", listing=Listing(), records=snapshot.records)
    return Site(stage.ports(), book, RUN, stage.told, lambda: START, facts, 1, Teller(facts, RUN.id))


def test_what_has_no_record_has_no_phase_to_announce(stage: Stage) -> None:
    """A destroy makes no record up; without one, brake 8 would have held it."""
    here = site(stage)
    announce([DESTROY], here, now=START)

    assert (frozenset(), {}) == (here.book.flush("Begin"), stage.ledger.read().records)


def test_what_somebody_else_changed_is_not_destroyed(stage: Stage) -> None:
    """A record that the pen could not write is another's by now, and so is the decision."""
    here = site(stage, record("a", phase=Phase.DELETING))
    stage.ledger.write(Writes({"a": record("a", reason="theirs")}), on=stage.ledger.read())
    here.book.put("a", record("a", reason="ours"))
    here.book.flush("Note")
    (outcome,) = apply([DESTROY], site=here)

    assert ("moved", False, "not started: its record was changed by somebody else") == (
        outcome.code,
        outcome.ok,
        outcome.sentence,
    )
    assert [] == stage.asked("destroy")
