"""The branch of records: what one commit of it says, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine
from helium.core.record import CorruptRecord, Record
from helium.core.sharded_plan import ShardedPlan


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ledger at one commit (`None`: no branch yet), by name and run. `gaps`: what Helium did not leave so."""

    head: str | None = None
    fleet_record: FleetRecord | None = None
    records: Mapping[str, Record | CorruptRecord] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)
    plans: frozenset[str] = frozenset()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writes:
    """What one ledger commit says: records put (`None` drops one), the register's new form, lines for the log.

    `takes_lease`: the register's lease is a new one, and nothing of this is written if another took it meanwhile.
    `under`: run and counter of the lease without which nothing of this is written. `claims`: a record is written over
    another's even then not when both say the same. `plans`: by run, left for shards (`None` takes one away).
    """

    records: Mapping[str, Record | None] = field(default_factory=dict)
    fleet_record: FleetRecord | None = None
    log: tuple[LogLine, ...] = ()
    message: str = ""
    takes_lease: bool = False
    under: tuple[str, int] | None = None
    claims: bool = False
    plans: Mapping[str, ShardedPlan | None] = field(default_factory=dict)


class Ledger(Protocol):
    """The branch of records."""

    def read(self) -> Snapshot:
        """The newest state, fetched where there is a remote. A record that cannot be read is an `Illegible`."""

    def fleet_record(self) -> FleetRecord | None:
        """The newest `fleet.json` alone, fetched where there is a remote: for the look before a change starts."""

    def write(self, writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        """Compare-and-swap: the new snapshot, and the names whose record somebody else had changed (not written).

        A lost race is retried on the new head. The register is merged key by key: what `writes` changed against `on`.
        `LeaseHeld` for a write that takes the lease after another took it, `PlanEnded` for one that is `under` a lease
        which is no more: not even a part of it is written.
        """

    def plan(self, commit: str) -> ShardedPlan:
        """The plan that was left for shards in that commit of the ledger; `SourceError` when there is none to read."""

    def log(self, *, name: str | None = None, since: datetime | None = None) -> Iterator[LogLine]:
        """The log, oldest first."""
