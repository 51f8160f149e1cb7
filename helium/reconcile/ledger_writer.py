"""Collects what a pass writes to the ledger (records, log lines, the lease), and commits it in few commits.

What must be known before the engine starts is flushed at once, the rest at most every ten seconds, at the remote's
pace. Each commit also moves the lease's end. It refuses to overwrite a record that somebody else changed.

Threads: any thread may call `record`, `put`, `flush`, `flush_in_turn`, `tick`, `lease_is_ours`, `may_begin`, `may_push`
and `has_unwritten`, and ask `changed_by_others`. Everything else belongs to the thread that runs the pass. Only it
takes and gives back the lease, and by then no other thread is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock

from helium.core.fleet_record import FleetRecord, Lease
from helium.core.log_line import LogLine
from helium.core.order import Order
from helium.core.record import Record
from helium.core.run import Clock, Run
from helium.core.sharded_plan import ShardedPlan
from helium.errors import PlanEndedError
from helium.ports.ledger import Ledger, Snapshot, Writes
from helium.reconcile.push_pace import PushPace

BETWEEN_COMMITS = timedelta(seconds=10)
LEASE_RENEWAL = timedelta(minutes=5)
LONGEST_BEGIN = timedelta(minutes=5)
"""The engine begins nothing later than this, or than the time limit of its fleet, after it was asked to."""


class LedgerWriter:
    """What this pass will write, on the snapshot that it read.

    `changed_by_others`: the names whose record another writer had changed, so that this pass did not write it. `dated`:
    the time of its commits, where the clock is in doubt. `ahead`: by how much the remote's own clock says that this one
    is ahead, so that a lease ends when others think that it does.
    """

    def __init__(
        self,
        ledger: Ledger,
        snapshot: Snapshot,
        *,
        fleet_record: FleetRecord,
        run: Run,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._clock = clock
        self.dated: datetime | None = None
        self.ahead = timedelta(0)
        self._lock = RLock()
        self._snapshot = snapshot
        self._fleet_record = fleet_record
        self._records: dict[str, Record | None] = {}
        self._lines: list[LogLine] = []
        self._diagnostics: dict[str, str] = {}
        self._commits = 0
        self._pace = PushPace(ledger.rest)
        self._flushed_at = clock()
        self._lease_length = timedelta(0)
        self._takes_lease = False
        self._counter: int | None = None
        self._under: tuple[str, int] | None = None
        self._plans: dict[str, ShardedPlan | None] = {}
        self._orders: dict[str, Order | None] = {}
        self._bases: dict[str, str | None] = dict(snapshot.blobs)
        self.changed_by_others: set[str] = set()

    @property
    def fleet_record(self) -> FleetRecord:
        """The fleet's record as this pass will leave it."""
        return self._fleet_record

    def go_by(self, dated: datetime | None, *, ahead: timedelta) -> None:
        """Go by the time that this round believes, and by the clock that leases go by."""
        with self._lock:
            self.dated, self.ahead = dated, ahead

    @property
    def believed_time(self) -> datetime:
        """Now; where the clock is in doubt, the last time that was believed. By that, nobody's lock is old."""
        return self.dated or self._clock()

    @property
    def lease_time(self) -> datetime:
        """Now, by the clock that leases go by: the remote's, where it has one."""
        return self._clock() - self.ahead

    @property
    def head(self) -> str:
        """The ledger's commit that this writer wrote last, or began with."""
        return self._snapshot.head or ""

    @property
    def has_lease(self) -> bool:
        """Whether the lease in the fleet's record is this run's."""
        return self.lease_is_ours(self._fleet_record)

    def lease_is_ours(self, fleet_record: FleetRecord | None) -> bool:
        """Whether a fleet's record shows the very lease that this writer took or joined, and not a later one."""
        lease = fleet_record.lease if fleet_record else None
        return lease is not None and lease.term == (self._run.id, self._counter)

    def may_begin(self, fleet_record: FleetRecord | None) -> bool:
        """Whether the lease is ours, and stays so for as long as something may take to begin.

        One that has run out is ours until somebody takes it. That can be in the moment before a destroy begins.
        """
        lease = fleet_record.lease if fleet_record else None
        needed = min(self._lease_length - LEASE_RENEWAL, LONGEST_BEGIN)
        return lease is not None and self.lease_is_ours(fleet_record) and lease.until - self.lease_time >= needed

    @property
    def rests(self) -> bool:
        """Whether the remote asks for a rest between two pushes, so that what can wait is gathered."""
        return self._pace.rest > 0

    @property
    def may_push(self) -> bool:
        """Whether the remote has had its rest. Whoever has nothing else to do need not ask."""
        with self._lock:
            return not self.rests or self._pace.allows(self._clock())

    def has_unwritten(self, name: str) -> bool:
        """Whether something of this name waits to be written."""
        with self._lock:
            return name in self._records

    def record(self, name: str) -> Record | None:
        """The record as this pass left it, or as the ledger has it."""
        with self._lock:
            record = self._records[name] if name in self._records else self._snapshot.records.get(name)
            return record if isinstance(record, Record) else None

    def put(self, name: str, record: Record | None, *lines: LogLine) -> None:
        """Keep a record (`None` drops it) and its lines for the next commit."""
        with self._lock:
            self._records[name] = record
            self._lines.extend(lines)

    def update_fleet_record(self, change: Callable[[FleetRecord], FleetRecord]) -> None:
        """Change the fleet's record as it is now, for the next commit. What others put into it meanwhile stays."""
        with self._lock:
            self._fleet_record = change(self._fleet_record)

    @property
    def commits(self) -> int:
        """How often this writer wrote."""
        return self._commits

    def rebase(self, snapshot: Snapshot, *, keep: frozenset[str], commits: int) -> None:
        """Go on from what was read since, but for the names to `keep`: what is at work goes on from its announcement.

        `commits`: how often this writer had written when the reading began. Only what nobody wrote under is newest.
        """
        with self._lock:
            if commits == self._commits:
                self._snapshot = snapshot
                self._fleet_record = snapshot.fleet_record or self._fleet_record
            kept = {name: base for name, base in self._bases.items() if name in keep}
            self._bases = {**snapshot.blobs, **dict.fromkeys(keep), **kept}
            # Whoever changed a record had a reason, and this round has seen it.
            self.changed_by_others &= keep

    def settle(self) -> None:
        """Commit the outcomes that wait, so that whoever reads the ledger now sees them."""
        with self._lock:
            if self._records or self._lines:
                self.flush("Note outcomes")

    def forget(self, name: str) -> None:
        """Drop what waits to be written of a name."""
        with self._lock:
            self._records.pop(name, None)

    def put_diagnostics(self, name: str, text: str) -> None:
        """Keep why a name failed for the next commit, beside its record; an empty text takes away an older one."""
        with self._lock:
            self._diagnostics[name] = text

    def tick(self) -> None:
        """Commit what waits, if ten seconds have passed since the last commit; renew the lease after five minutes."""
        with self._lock:
            age = self._clock() - self._flushed_at
            due = bool(self._records or self._lines) and age >= BETWEEN_COMMITS
            if (due and self.may_push) or (self.has_lease and age >= LEASE_RENEWAL):
                self.flush("Note outcomes")

    def flush_in_turn(self, message: str, *, name: str, pause: Callable[[float], None]) -> bool:
        """Return when what waits of this name is committed: whether somebody else had changed its record.

        Where the remote asks for a rest, those who wait meanwhile share one commit.
        """
        while self.has_unwritten(name):
            if self.may_push:
                return name in self.flush(message)
            pause(1.0)
        return name in self.changed_by_others

    def flush(self, message: str, *, claims: bool = False) -> frozenset[str]:
        """Commit all that waits, now. Returns the names whose record somebody else had changed: those are not written.

        `claims`: a record that somebody else changed to the very same counts as changed. `PlanEndedError` when the
        joined lease has ended.
        """
        with self._lock:
            self._renew()
            # Known from the snapshot already; the ledger itself reports who is changed while this is written.
            changed = self._changed_since()
            records = {name: record for name, record in self._records.items() if name not in changed}
            writes = Writes(
                records=records,
                fleet_record=self._fleet_record,
                # A line goes with its record: whoever changed that has told the end, or will tell it.
                log=tuple(line for line in self._lines if line.name not in changed),
                message=message,
                takes_lease=self._takes_lease,
                only_looked=self._counter is None,
                under=self._under,
                claims=claims,
                plans=dict(self._plans),
                diagnostics=dict(self._diagnostics),
                orders=dict(self._orders),
                dated=self.dated,
            )
            self._snapshot, not_written = self._ledger.write(writes, on=self._snapshot)
            self._commits += 1
            if self.rests:
                self._pace.pushed(self._clock())
            self._bases |= {name: self._snapshot.blobs.get(name) for name in records if name not in not_written}
            self._takes_lease = False
            self._records.clear()
            self._lines.clear()
            self._diagnostics.clear()
            self._plans.clear()
            self._orders.clear()
            self._fleet_record = self._snapshot.fleet_record or self._fleet_record
            self._flushed_at = self._clock()
            self.changed_by_others |= changed | not_written
            return changed | not_written

    def _changed_since(self) -> frozenset[str]:
        """The names whose record another writer changed since this pass read or wrote it."""
        blobs = self._snapshot.blobs
        return frozenset(name for name in self._records if blobs.get(name) != self._bases.get(name))

    def _renew(self) -> None:
        lease = self._fleet_record.lease
        if lease is not None and self.has_lease:
            until = self.lease_time + self._lease_length
            self._fleet_record = replace(self._fleet_record, lease=replace(lease, until=until))

    def take_lease(self, length: timedelta, *, shared: bool = False) -> None:
        """Put this run down as the holder. The next flush makes it true, or raises `LeaseTakenError`; older plans end.

        `shared`: the lease is for shards, and outlives this process.
        """
        self._lease_length, self._takes_lease = length, True
        counter = self._counter = self._fleet_record.counter + 1
        run = self._run
        lease = Lease(run.id, counter, run.host, 0 if shared else run.pid, run.boot, self.lease_time + length)
        waiting = self._fleet_record.waiting
        waiting = None if waiting and waiting.run == run.id else waiting
        self._fleet_record = replace(self._fleet_record, lease=lease, counter=counter, waiting=waiting)
        self._end_plans()

    def join_lease(self, counter: int, length: timedelta) -> None:
        """Write under the lease that this run took elsewhere, and only under it. `PlanEndedError` when it ended."""
        self._lease_length, self._counter, self._under = length, counter, (self._run.id, counter)
        if not self.has_lease:
            lease = self._fleet_record.lease
            raise PlanEndedError(self._run.id, str(lease) if lease else "")

    def put_plan(self, sharded: ShardedPlan) -> None:
        """Leave a plan for shards, in the commit that announces its work."""
        self._plans[sharded.run] = sharded

    def put_order(self, order: Order) -> None:
        """Say in the next commit that this run has begun the order. Where somebody else has, nothing is written."""
        self._orders[order.id] = order

    def give_lease_back(self) -> None:
        """Put down that nobody has the lease, if this run had it or if it has run out. Its plan ends with it."""
        lease = self._fleet_record.lease
        if self.has_lease or (lease is not None and lease.until <= self.lease_time):
            self._fleet_record = replace(self._fleet_record, lease=None)
            self._end_plans()

    def _end_plans(self) -> None:
        self._plans = dict.fromkeys(self._snapshot.plans)
