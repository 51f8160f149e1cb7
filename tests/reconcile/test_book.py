"""The pass's pen, when somebody else writes in the same ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helium.core.record import Phase
from helium.core.register import Lease
from helium.errors import PlanEnded
from helium.reconcile.book import Book, Run
from helium.reconcile.ports import Writes
from tests.fakes import FakeLedger
from tests.made import NOW, record, register

RUN = Run("run-1", "host-1", 100, "boot-1", gone=lambda pid: False)
LEASE = Lease("run-2", 3, "host-1", 200, "boot-1", NOW + timedelta(minutes=25))


def opened(ledger: FakeLedger) -> Book:
    """A pen on the ledger as it is now."""
    return Book(ledger, ledger.read(), register=register(), run=RUN, clock=lambda: NOW)


def test_a_name_that_another_writer_took_over_stays_theirs() -> None:
    """Also when this pass has read the ledger since: what it knows of that name is older than what is there."""
    ledger = FakeLedger()
    ledger.write(Writes({"a": record("a"), "b": record("b")}, register()), on=ledger.read())
    book, theirs = opened(ledger), record("a", phase=Phase.DELETING)
    book.put("a", record("a", phase=Phase.UPDATING))
    book.flush("Begin")
    ledger.write(Writes({"a": theirs}), on=ledger.read())
    book.put("b", record("b", reason="done"))
    book.flush("Note b")
    book.put("a", record("a", reason="done"))

    assert book.flush("Note a") == {"a"}
    assert (ledger.read().records["a"], book.dropped) == (theirs, {"a"})


def test_a_name_that_another_writer_put_back_is_this_passs_again() -> None:
    """A rival that found the stack busy leaves the record as it was, and then nothing was lost."""
    ledger = FakeLedger()
    book, mine = opened(ledger), record("a", phase=Phase.CREATING)
    book.put("a", mine)
    book.flush("Begin")
    ledger.write(Writes({"a": replace(mine, reason="rival")}), on=ledger.read())
    ledger.write(Writes({"a": mine}), on=ledger.read())
    book.put("a", record("a"))

    assert (book.flush("End"), ledger.read().records["a"]) == (frozenset(), record("a"))


def shared(ledger: FakeLedger, now: list[datetime]) -> Book:
    """A pen under a lease that shards share; the time is the last of `now`."""
    lease = Lease("run-1", 1, "host-0", 0, "boot-0", NOW + timedelta(minutes=25))
    ledger.write(Writes(register=register(lease=lease, counter=1)), on=ledger.read())
    found = ledger.read()
    assert found.register is not None
    book = Book(ledger, found, register=found.register, run=RUN, clock=lambda: now[-1])
    book.join_lease(1, timedelta(minutes=25))
    return book


def test_a_lease_that_was_joined_is_renewed_after_five_minutes() -> None:
    """An operation may take long, and no other pass is to think its shard dead."""
    ledger, now = FakeLedger(), [NOW]
    book = shared(ledger, now)
    now.append(NOW + timedelta(minutes=4))
    book.tick()
    assert 1 == len(ledger.writes)
    now.append(NOW + timedelta(minutes=5))
    book.tick()
    found = ledger.read().register
    assert found is not None
    assert found.lease is not None

    assert NOW + timedelta(minutes=30) == found.lease.until


def test_a_pen_under_a_lease_that_is_no_more_writes_nothing() -> None:
    """Not even what it had to say of its own names, nor a renewal."""
    ledger, now = FakeLedger(), [NOW]
    book = shared(ledger, now)
    ledger.write(Writes(register=register(counter=1)), on=ledger.read())
    book.put("a", record("a"))
    now.append(NOW + timedelta(minutes=5))
    with pytest.raises(PlanEnded, match="the plan of run-1 has ended: nobody holds the lease now"):
        book.tick()

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
