"""The pass's writer, when somebody else writes to the same ledger, and when several threads write at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helium.core.fleet_record import Lease
from helium.core.log_line import LogLine
from helium.core.record import Phase
from helium.core.run import Run
from helium.errors import PlanEndedError
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.ledger_writer import LedgerWriter
from tests.builders import NOW, fleet_record, record
from tests.fakes import FakeLedger

RUN = Run("run-1", "host-1", 100, "boot-1", gone=lambda pid: False)
LEASE = Lease("run-2", 3, "host-1", 200, "boot-1", NOW + timedelta(minutes=25))


def opened(ledger: FakeLedger) -> LedgerWriter:
    """A writer on the ledger as it is now."""
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
    assert (ledger.read().records["a"], writer.changed_by_others) == (theirs, {"a"})


def test_why_a_name_failed_is_written_once_and_with_its_record() -> None:
    """A later commit about other names says nothing of it again."""
    ledger = FakeLedger()
    ledger.write(Writes({"a": record("a"), "b": record("b")}, fleet_record()), on=ledger.read())
    writer = opened(ledger)
    writer.put("a", record("a", phase=Phase.FAILED))
    writer.put_diagnostics("a", "error: no quota")
    writer.flush("Note a")
    writer.put("b", record("b", reason="done"))
    writer.flush("Note b")

    assert [{"a": "error: no quota"}, {}] == [dict(writes.diagnostics) for writes in ledger.writes[-2:]]
    assert "error: no quota" == ledger.diagnostics("a")


@pytest.mark.parametrize("since_read", [False, True])
def test_the_line_of_an_end_goes_with_its_record(since_read: bool) -> None:
    """A pass slept through its lease after it had destroyed; another one told that end, or is about to."""
    ledger = FakeLedger()
    ledger.write(Writes({"a": record("a"), "b": record("b")}, fleet_record()), on=ledger.read())
    writer = opened(ledger)
    ledger.write(Writes({"a": record("a", phase=Phase.DELETING)}), on=ledger.read())
    if since_read:
        writer.put("b", record("b", reason="done"))
        writer.flush("Note b")
    end = LogLine(NOW, "a", "file-removed", "destroy: destroyed")
    writer.put("a", record("a", phase=Phase.GONE), end)

    assert writer.flush("Note a") == {"a"}
    assert [] == ledger.lines


def test_a_name_that_another_writer_put_back_is_this_passs_again() -> None:
    """A rival that found the stack busy leaves the record as it was, and then nothing was changed."""
    ledger = FakeLedger()
    writer, mine = opened(ledger), record("a", phase=Phase.CREATING)
    writer.put("a", mine)
    writer.flush("Begin")
    ledger.write(Writes({"a": replace(mine, reason="rival")}), on=ledger.read())
    ledger.write(Writes({"a": mine}), on=ledger.read())
    writer.put("a", record("a"))

    assert (writer.flush("End"), ledger.read().records["a"]) == (frozenset(), record("a"))


def shared(ledger: FakeLedger, now: list[datetime]) -> LedgerWriter:
    """A writer under a lease that shards share; the time is the last of `now`."""
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


def test_a_writer_whose_lease_has_ended_writes_nothing() -> None:
    """Neither the records of its own names nor a renewal."""
    ledger, now = FakeLedger(), [NOW]
    writer = shared(ledger, now)
    ledger.write(Writes(fleet_record=fleet_record(counter=1)), on=ledger.read())
    writer.put("a", record("a"))
    now.append(NOW + timedelta(minutes=5))
    with pytest.raises(PlanEndedError, match="The plan of run-1 has ended: nobody holds the lease now"):
        writer.tick()

    assert {} == ledger.read().records


class MeanwhileLedger(FakeLedger):
    """Runs `meanwhile` in a thread of its own while a write is under way, and gives it time to finish if it can."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None
        self.thread: threading.Thread | None = None

    def write(self, writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        """One write, in the middle of which another thread comes along."""
        if self.meanwhile is not None:
            self.thread, self.meanwhile = threading.Thread(target=self.meanwhile), None
            self.thread.start()
            self.thread.join(timeout=0.2)
        return super().write(writes, on=on)


def test_what_a_thread_puts_while_another_flushes_is_in_the_next_commit() -> None:
    """A flush forgets what it has written. Without the lock it would also forget what came in meanwhile."""
    ledger = MeanwhileLedger()
    writer = opened(ledger)
    writer.put("a", record("a"))
    ledger.meanwhile = lambda: writer.put("b", record("b"))
    writer.flush("Note a")
    assert ledger.thread is not None
    ledger.thread.join()
    writer.flush("Note b")

    assert {"a": record("a"), "b": record("b")} == ledger.read().records


def test_two_threads_that_flush_at_once_write_one_commit_after_the_other() -> None:
    """Two commits on one snapshot would look as if somebody else had changed the records."""
    ledger = MeanwhileLedger()
    writer = opened(ledger)
    writer.put("a", record("a", reason="begun"))
    writer.flush("Begin")

    def note_the_end() -> None:
        writer.put("a", record("a", reason="done"))
        writer.flush("End")

    writer.put("a", record("a", reason="half done"))
    ledger.meanwhile = note_the_end
    writer.flush("Go on")
    assert ledger.thread is not None
    ledger.thread.join()

    assert (set(), {"a": record("a", reason="done")}) == (writer.changed_by_others, ledger.read().records)


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
    ids=["given back", "at work", "past", "its own", "dead here", "elsewhere", "before a restart", "of shards"],
)
def test_a_lease_may_be_taken_when_nobody_works_under_it(lease: Lease | None, free: bool) -> None:
    """Only time, its holder, or the end of its process on this machine frees it."""
    run = replace(RUN, gone=lambda pid: pid == 7)

    assert free is run.free(lease, NOW)


def test_what_was_written_while_a_round_read_is_not_forgotten() -> None:
    """An outcome reached the ledger between a round's reading and its notes: the round's snapshot is the older one."""
    ledger = FakeLedger()
    ledger.write(Writes({"a": record("a"), "b": record("b")}, fleet_record()), on=ledger.read())
    writer = opened(ledger)
    commits, read = writer.commits, ledger.read()
    writer.put("a", record("a", reason="done"))
    writer.flush("Note a")
    writer.rebase(read, keep=frozenset({"a"}), commits=commits)

    assert (known := writer.record("a")) is not None
    assert known.reason == "done"
    writer.put("a", record("a", reason="done again"))
    writer.put("b", record("b", reason="noted"))
    assert writer.flush("Note both") == frozenset()
