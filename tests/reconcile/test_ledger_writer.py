"""The pass's pen, when somebody else writes in the same ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helium.core.fleet_record import Lease
from helium.core.record import Phase
from helium.core.run import Run
from helium.errors import PlanEndedError
from helium.ports.ledger import Writes
from helium.reconcile.ledger_writer import LedgerWriter
from tests.builders import NOW, fleet_record, record
from tests.fakes import FakeLedger

RUN = Run("run-1", "host-1", 100, "boot-1", gone=lambda pid: False)
LEASE = Lease("run-2", 3, "host-1", 200, "boot-1", NOW + timedelta(minutes=25))


def opened(ledger: FakeLedger) -> LedgerWriter:
    """A pen on the ledger as it is now."""
    return LedgerWriter(ledger, ledger.read(), fleet_record=fleet_record(), run=RUN, clock=lambda: NOW)


def test_a_name_that_another_writer_took_over_stays_theirs() -> None:
    """Also when this pass has read the ledger since: what it knows of that name is older than what is there."""
    ledger = FakeLedger()
    ledger.write(Writes({"a": record("a"), "b": record("b")}, fleet_record()), on=ledger.read())
    writer, theirs = opened(ledger), record("a", phase=Phase.DELETING)
    writer.put("a", record("a", phase=Phase.UPDATING))
    writer.flush("Begin")
    ledger.write(Writes({"a": theirs}), on=ledger.read())
    writer.put("b", record("b", reason="done"))
    writer.flush("Note b")
    writer.put("a", record("a", reason="done"))

    assert writer.flush("Note a") == {"a"}
    assert (ledger.read().records["a"], writer.dropped) == (theirs, {"a"})


def test_a_name_that_another_writer_put_back_is_this_passs_again() -> None:
    """A rival that found the stack busy leaves the record as it was, and then nothing was lost."""
    ledger = FakeLedger()
    writer, mine = opened(ledger), record("a", phase=Phase.CREATING)
    writer.put("a", mine)
    writer.flush("Begin")
    ledger.write(Writes({"a": replace(mine, reason="rival")}), on=ledger.read())
    ledger.write(Writes({"a": mine}), on=ledger.read())
    writer.put("a", record("a"))

    assert (writer.flush("End"), ledger.read().records["a"]) == (frozenset(), record("a"))


def shared(ledger: FakeLedger, now: list[datetime]) -> LedgerWriter:
    """A pen under a lease that shards share; the time is the last of `now`."""
    lease = Lease("run-1", 1, "host-0", 0, "boot-0", NOW + timedelta(minutes=25))
    ledger.write(Writes(fleet_record=fleet_record(lease=lease, counter=1)), on=ledger.read())
    found = ledger.read()
    assert found.fleet_record is not None
    writer = LedgerWriter(ledger, found, fleet_record=found.fleet_record, run=RUN, clock=lambda: now[-1])
    writer.join_lease(1, timedelta(minutes=25))
    return writer


def test_a_lease_that_was_joined_is_renewed_after_five_minutes() -> None:
    """An operation may take long, and no other pass is to think its shard dead."""
    ledger, now = FakeLedger(), [NOW]
    writer = shared(ledger, now)
    now.append(NOW + timedelta(minutes=4))
    writer.tick()
    assert 1 == len(ledger.writes)
    now.append(NOW + timedelta(minutes=5))
    writer.tick()
    found = ledger.read().fleet_record
    assert found is not None
    assert found.lease is not None

    assert NOW + timedelta(minutes=30) == found.lease.until


def test_a_pen_under_a_lease_that_is_no_more_writes_nothing() -> None:
    """Not even what it had to say of its own names, nor a renewal."""
    ledger, now = FakeLedger(), [NOW]
    writer = shared(ledger, now)
    ledger.write(Writes(fleet_record=fleet_record(counter=1)), on=ledger.read())
    writer.put("a", record("a"))
    now.append(NOW + timedelta(minutes=5))
    with pytest.raises(PlanEndedError, match="The plan of run-1 has ended: nobody holds the lease now"):
        writer.tick()

    assert {} == ledger.read().records


@pytest.mark.parametrize(
    ("lease", "free"),
    [
        (None, True),
        (LEASE, False),
        (replace(LEASE, until=NOW), True),
        (replace(LEASE, run="run-1"), True),
        (replace(LEASE, pid=7), True),
        (replace(LEASE, pid=7, host="host-2"), False),
        (replace(LEASE, pid=7, boot="boot-2"), False),
        (replace(LEASE, pid=0, run="run-1"), False),
    ],
    ids=["given back", "held", "past", "its own", "dead here", "elsewhere", "before a restart", "of shards"],
)
def test_a_lease_may_be_taken_when_nobody_works_under_it(lease: Lease | None, free: bool) -> None:
    """Only time, its holder, or the end of its process on this machine frees it."""
    run = replace(RUN, gone=lambda pid: pid == 7)

    assert free is run.free(lease, NOW)
