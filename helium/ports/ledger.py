"""The branch of records: what one commit of it says, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from helium.core.change_request import SharedPullRequest
    from helium.core.fleet_record import FleetRecord
    from helium.core.log_line import LogLine
    from helium.core.message import ChannelStates
    from helium.core.order import Order, UnknownOrder
    from helium.core.record import CorruptRecord, Record
    from helium.core.removal_requests import RemovalRequest
    from helium.core.sharded_plan import ShardedPlan


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ledger at one commit (`None`: no branch yet). `gaps`: what Helium did not leave so, a sentence each.

    `orders` by their ids, each with the blob that it was read from in `order_blobs`; so `pull_requests`, those that
    Helium opened for people. One that cannot be read is left out, and its blob is there all the same.
    `channels`: how those do through which people are told; nothing where nobody is.
    """

    head: str | None = None
    fleet_record: FleetRecord | None = None
    records: Mapping[str, Record | CorruptRecord] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)
    plans: frozenset[str] = frozenset()
    orders: Mapping[str, Order | UnknownOrder] = field(default_factory=dict)
    order_blobs: Mapping[str, str] = field(default_factory=dict)
    pull_requests: Mapping[str, SharedPullRequest] = field(default_factory=dict)
    pull_request_blobs: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    channels: ChannelStates | None = None

    @property
    def seen(self) -> str | None:
        """The commit of main that the last pass looked at; `None`: nobody knows."""
        return self.fleet_record.seen if self.fleet_record else None

    @property
    def silent_channels(self) -> tuple[str, ...]:
        """The channels that take no messages now, a sentence each."""
        return tuple(self.channels.failing()) if self.channels else ()


@dataclass(frozen=True, slots=True)
class Writes:
    """What one ledger commit says: records put (`None` drops one), the fleet's record as it is now, lines for the log.

    `takes_lease`: the lease in it is a new one, and nothing of this is written if another pass took it meanwhile.
    `only_looked`: of a pass without the lease; nothing of it is written if somebody took the lease since it looked.
    `under`: run and counter of the lease without which nothing of this is written. `claims`: a record that another
    writer changed to the very same counts as changed. `plans`: by run, left for shards (`None` takes one away).
    `dated`: the commit's time, where the clock is in doubt. `diagnostics`: by name, what was said when it failed; it
    stays beside the record until that is ready or gone (an empty text takes it away). `orders` and
    `pull_requests`: by id (`None` drops one); nothing of this is written if somebody changed one of them since it was
    read.
    """

    records: Mapping[str, Record | None] = field(default_factory=dict)
    fleet_record: FleetRecord | None = None
    log: tuple[LogLine, ...] = ()
    message: str = ""
    takes_lease: bool = False
    only_looked: bool = False
    under: tuple[str, int] | None = None
    claims: bool = False
    plans: Mapping[str, ShardedPlan | None] = field(default_factory=dict)
    dated: datetime | None = None
    diagnostics: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, Order | None] = field(default_factory=dict)
    pull_requests: Mapping[str, SharedPullRequest | None] = field(default_factory=dict)


class Ledger(Protocol):
    """The branch of records. `rest`: seconds that whoever keeps it asks for between two pushes."""

    @property
    def rest(self) -> float:
        """Nothing, where nothing is pushed, or nobody asks."""

    def read(self) -> Snapshot:
        """The newest state, fetched where there is a remote. A record that cannot be read is a `CorruptRecord`."""

    def fleet_record(self) -> FleetRecord | None:
        """The newest `fleet.json` alone, fetched where there is a remote: for the last look before a change."""

    def write(self, writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        """Compare-and-swap. Returns the new snapshot, and the names not written since somebody else changed them.

        A lost race is retried on the new head. The fleet's record is merged key by key, by what `writes` changed since
        `on`. `LeaseTakenError` for a write that takes the lease after another pass took it, `PlanEndedError` for one
        that is `under` a lease that has ended, `OrderTakenError` and `PullRequestTakenError` where an order or a pull
        request has changed: then nothing of it is written.
        """

    def note_requests(self, requests: Sequence[RemovalRequest]) -> None:
        """Note what Helium was asked to take away, before it is pushed. A fleet without a record has nothing to take.

        `SourceError` when it could not be written within a few seconds.
        """

    def plan(self, commit: str) -> ShardedPlan:
        """The plan that was left for shards in that commit of the ledger. `SourceError` when it cannot be read."""

    def diagnostics(self, name: str) -> str:
        """What was said when it failed, as it was fetched last; empty where nothing is kept."""

    def log(self, *, name: str | None = None, since: datetime | None = None) -> Iterator[LogLine]:
        """The log, oldest first."""
