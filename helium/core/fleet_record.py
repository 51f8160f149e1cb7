"""The fleet's record: what the ledger keeps of the whole fleet, in `fleet.json`.

Whether the state carries the fleet's marker, the history accepted so far, the last pass, the lease, the pause, and with
which schema files were read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helium.core.deadlines import format_instant
from helium.core.obeyed import ObeyedComment
from helium.core.removal_requests import RemovalRequest
from helium.core.shares import RoutineShare

FORMAT = 2
UNNOTED = timedelta(minutes=15)
"""How long a pass with nothing to do leaves the ledger as it is."""
SHORTEST_DOUBTLESS, LONGEST_DOUBTLESS = timedelta(hours=24), timedelta(days=7)
"""How long the last pass speaks for a clock that nobody else confirms: three usual gaps, within these bounds."""
_GAPS = 5


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to apply: which run, on which host, process and boot, until when. Each time it is taken,
    `counter` grows.

    Without a `pid` it is the lease of shards, on any machines: no process that ended says that they ended.
    """

    run: str
    counter: int
    host: str
    pid: int
    boot: str
    until: datetime

    @property
    def term(self) -> tuple[str, int]:
        """What tells this lease from any other: run and counter, because one run may take it twice."""
        return self.run, self.counter

    def __str__(self) -> str:
        left = "" if self.pid else " (its shards hold it; if that run is over, helium ledger show says how to end it)"
        return f"{self.run} on {self.host}, until {format_instant(self.until)}{left}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits for the lease, and asks its holder to begin nothing more. It counts `until` then."""

    run: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is applied until `until` (or until somebody ends it)."""

    by: str
    why: str
    since: datetime
    until: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """Whether the fleet is still paused."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class LastPass:
    """What the last pass did, for people and for safeguard `trusted_clock`. `seconds` is its duration.

    `every`: seconds until the next one is expected: a control plane's interval, else `schedule` of `helium.yaml`.
    `gaps`: the seconds between the last few passes that were believed. `good`: the last one that could do its work.
    """

    time: datetime
    commit: str
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    run: str = ""
    run_url: str = ""
    every: float = 0.0
    gaps: tuple[float, ...] = ()
    good: datetime | None = None

    def gaps_until(self, now: datetime) -> tuple[float, ...]:
        """The gaps that a pass at `now` leaves. A person's word for an earlier time leaves them as they are."""
        gap = (now - self.time).total_seconds()
        return (*self.gaps, gap)[-_GAPS:] if gap > 0 else self.gaps

    @property
    def believed_until(self) -> datetime:
        """How long after it a clock needs no other witness. One long rest is not usual, so the middle gap counts."""
        usual = sorted(self.gaps)[len(self.gaps) // 2] if len(self.gaps) > 2 else 0.0
        return self.time + min(max(3 * timedelta(seconds=usual), SHORTEST_DOUBTLESS), LONGEST_DOUBTLESS)


@dataclass(frozen=True, slots=True)
class FleetRecord:
    """`marker` is empty, `pending` or `created`. `accepted` and `seen` are commits of main: history is known up to
    `seen`.

    `id`: the marker holds the same, so the state belongs to this ledger and to no other one.
    `deletes` is `limits.deletes` as a pass saw it last, `lower_deletes` the lower ones of the last 24 hours, each with
    when it ended.
    `sandbox`: the providers that the sandbox stood in for when a pass last looked; `None`: no pass has noted it.
    `requests`: what Helium was asked to take away, until a pass has seen the commits that do it.
    `ordered`: how many orders were ever given. A pass that sees another number looks at them.
    `shares`: what was merged for each person without another one, in the last 24 hours.
    `obeyed`: comments that asked for more time and were carried out, while they could come again.
    """

    fleet: str
    marker: str = ""
    accepted: str | None = None
    seen: str | None = None
    read_with: str | None = None
    last_pass: LastPass | None = None
    lease: Lease | None = None
    counter: int = 0
    waiting: Waiting | None = None
    pause: Pause | None = None
    sandbox: tuple[str, ...] | None = None
    id: str = ""
    deletes: int | None = None
    lower_deletes: tuple[tuple[int, datetime], ...] = ()
    requests: tuple[RemovalRequest, ...] = ()
    ordered: int = 0
    shares: tuple[RoutineShare, ...] = ()
    obeyed: tuple[ObeyedComment, ...] = ()
    format: int = FORMAT

    def lowest_deletes(self, limit: int, *, since: datetime) -> int:
        """The lowest `limits.deletes` that passes saw after `since`; `limit` is the one of now."""
        before = [] if self.deletes is None else [self.deletes]
        return min([limit, *before, *(lower for lower, until in self.lower_deletes if until > since)])

    def with_deletes(self, limit: int, *, now: datetime, since: datetime) -> FleetRecord:
        """As a pass at `now` leaves it, which saw this limit."""
        known = tuple((lower, until) for lower, until in self.lower_deletes if lower < limit and until > since)
        raised = self.deletes is not None and self.deletes < limit
        ended = ((self.deletes, now),) if raised and self.deletes is not None else ()
        return replace(self, deletes=limit, lower_deletes=(*known, *ended))
