"""The register: what the ledger keeps of the whole fleet, in `fleet.json`.

Whose the state is, the history accepted so far, the last pass, the lease, the pause, and how files were read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helium.core.expiry import format_instant

FORMAT = 2
TWO_HOURLY_TURNS = timedelta(hours=2)
"""CI expires, and passes, once an hour."""
UNNOTED = timedelta(minutes=15)
"""For so long a pass with nothing to do leaves the ledger as it is."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to apply: which run, on which host, process and boot, until when. Each taking counts one up.

    No `pid`: shards share it, on whatever machines, so that no process tells by its end that they have ended.
    """

    run: str
    counter: int
    host: str
    pid: int
    boot: str
    until: datetime

    @property
    def taking(self) -> tuple[str, int]:
        """Which taking it is: whose, and the how-many-th of all."""
        return self.run, self.counter

    def __str__(self) -> str:
        left = "" if self.pid else " (it is its shards'; if that run is over, helium ledger show tells how to end it)"
        return f"{self.run} on {self.host}, until {format_instant(self.until)}{left}"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is applied until `until` (or until somebody ends it)."""

    by: str
    why: str
    since: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is still in force."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class LastPass:
    """What the last pass did, for people and for the clock brake. `seconds` is its duration.

    `every`: seconds after which who ran it passes again; 0 where it runs by another's clock, as CI does.
    """

    time: datetime
    commit: str
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    run: str = ""
    run_url: str = ""
    every: float = 0.0

    @property
    def next_by(self) -> datetime:
        """When the next one is late: nobody is blamed for one turn missed, nor for what an idle pass does not note."""
        if not self.every:
            return self.time + TWO_HOURLY_TURNS
        return self.time + max(timedelta(seconds=self.every), UNNOTED) + UNNOTED


@dataclass(frozen=True, slots=True)
class FleetRecord:
    """`marker` is empty, `pending` or `made`; `accepted` and `seen` are commits of main (births are known up to it).

    `sandbox`: the providers that it stood in for when a pass last looked; `None`: no pass has said.
    """

    fleet: str
    marker: str = ""
    accepted: str | None = None
    seen: str | None = None
    read_with: str | None = None
    last_pass: LastPass | None = None
    lease: Lease | None = None
    counter: int = 0
    pause: Pause | None = None
    sandbox: tuple[str, ...] | None = None
    format: int = FORMAT

    def late(self, now: datetime) -> bool:
        """Whether a pass should have been noted by now, and none is under way."""
        running = self.lease is not None and now < self.lease.until
        return self.last_pass is not None and self.last_pass.next_by < now and not running
