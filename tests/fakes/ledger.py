"""The branch of records in memory, merged by the ledger's own rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from helium.adapters.ledger.merge import due, with_requests
from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.removal_requests import RemovalRequest
from helium.core.sharded_plan import ShardedPlan
from helium.errors import SourceError
from helium.ports.ledger import Snapshot, Writes
from tests.fakes.repo import blob_of


class FakeLedger:
    """The branch of records in memory. `error` is raised by the next calls; `writes` is all that was written.

    `left` is what each commit holds for shards. `rest`: as a remote asks for it.
    """

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.lines: list[LogLine] = []
        self.writes: list[Writes] = []
        self.error: SourceError | None = None
        self.kept: dict[str, str] = {}
        self.left: dict[str, Mapping[str, ShardedPlan]] = {}
        self.rest = 0.0

    def read(self) -> Snapshot:
        """What was written last."""
        if self.error:
            raise self.error
        return self.snapshot

    def fleet_record(self) -> FleetRecord | None:
        """The register alone."""
        return self.read().fleet_record

    def write(self, writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        """By the ledger's own rules of merging."""
        head = self.read()
        said, dropped = due(writes, on=on, head=head)
        records: dict[str, Record | CorruptRecord] = {**head.records}
        for name, record in said.records.items():
            records.pop(name, None)
            if record is not None:
                records[name] = record
        known = self.left.get(head.head or "", {})
        left = {run: sharded for run, sharded in {**known, **said.plans}.items() if sharded is not None}
        kept = self._kept_by(said)
        orders = {id: order for id, order in {**head.orders, **said.orders}.items() if order is not None}
        shared = {id: each for id, each in {**head.pull_requests, **said.pull_requests}.items() if each is not None}
        same = records == head.records and left == known and kept == self.kept and orders == head.orders
        same = same and shared == head.pull_requests
        if same and said.fleet_record is None and not said.log:
            return head, dropped
        self.writes.append(said)
        self.lines += [line for line in said.log if line not in self.lines]
        self.kept = kept
        blobs = {name: blob_of(repr(record).encode()) for name, record in records.items()}
        commit = f"{len(self.writes):040x}"
        self.left[commit] = left
        self.snapshot = Snapshot(
            commit,
            said.fleet_record or head.fleet_record,
            records,
            blobs,
            plans=frozenset(left),
            orders=orders,
            order_blobs={id: blob_of(repr(order).encode()) for id, order in orders.items()},
            pull_requests=shared,
            pull_request_blobs={id: blob_of(repr(each).encode()) for id, each in shared.items()},
        )
        return self.snapshot, dropped

    def note_requests(self, requests: Sequence[RemovalRequest]) -> None:
        """By the ledger's own rules."""
        head = self.read()
        if head.fleet_record is not None:
            self.write(with_requests(head.fleet_record, requests), on=head)

    def plan(self, commit: str) -> ShardedPlan:
        """The one that this commit holds."""
        for sharded in self.left.get(commit, {}).values():
            return sharded
        raise SourceError(f"{commit} has no plan for shards.")

    def _kept_by(self, said: Writes) -> dict[str, str]:
        """By name, what is said of a failure once this is written."""
        ended = {name for name, one in said.records.items() if one is None or one.phase in (Phase.READY, Phase.GONE)}
        new = {name: text for name, text in said.diagnostics.items() if name in said.records}
        return {name: text for name, text in {**self.kept, **new}.items() if text and name not in ended}

    def diagnostics(self, name: str) -> str:
        """What the last failure left."""
        return self.kept.get(name, "")

    def log(self, *, name: str | None = None, since: datetime | None = None) -> Iterator[LogLine]:
        """Day by day, within a day as they came."""
        for line in sorted(self.lines, key=lambda line: line.time.date()):
            if (name is None or line.name == name) and (since is None or line.time >= since):
                yield line
