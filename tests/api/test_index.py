"""The index's look at the ledger: never older than the call, and one for all who call together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from helium.api.index import Indexer
from helium.ports.ledger import Snapshot
from tests.api.serving import World
from tests.fakes import FakeLedger

MANY = 40


class CountingLedger(FakeLedger):
    """Counts its readings, and holds each until `go`."""

    def __init__(self) -> None:
        super().__init__()
        self.readings = 0
        self.begun, self.go = threading.Event(), threading.Event()

    def read(self) -> Snapshot:
        """What stands there when the reading begins."""
        self.readings += 1
        snapshot = self.snapshot
        self.begun.set()
        assert self.go.wait(60)
        return snapshot


def test_all_whom_one_push_has_woken_share_a_reading(own_world: World) -> None:
    """A hundred creates of one batch ask at once whether a pass has begun to destroy what they wrote."""
    ledger = CountingLedger()
    ledger.go.set()
    indexer, together = Indexer(replace(own_world.deps, ledger=ledger)), threading.Barrier(MANY)

    def ask(_: int) -> Snapshot:
        together.wait()
        return indexer.ledger()

    with ThreadPoolExecutor(MANY) as threads:
        assert [ledger.snapshot] * MANY == list(threads.map(ask, range(MANY)))
    assert ledger.readings < MANY // 4


def test_a_reading_that_began_before_the_call_is_too_old(own_world: World) -> None:
    """What is written after a reading began, and before somebody asks, is in the answer."""
    ledger = CountingLedger()
    indexer = Indexer(replace(own_world.deps, ledger=ledger))
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(indexer.ledger)
        assert ledger.begun.wait(60)
        ledger.snapshot = Snapshot("newer")
        late = threads.submit(indexer.ledger)
        ledger.go.set()
        assert (None, "newer") == (early.result().head, late.result().head)
