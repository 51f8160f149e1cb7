"""The pass's pen, when somebody else writes in the same ledger."""

from __future__ import annotations

from dataclasses import replace

from helium.core.record import Phase
from helium.reconcile.book import Book, Run
from helium.reconcile.ports import Writes
from tests.fakes import FakeLedger
from tests.made import NOW, record, register

RUN = Run("run-1", "host-1", 100, "boot-1", gone=lambda pid: False)


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
