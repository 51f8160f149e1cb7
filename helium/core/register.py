"""The register: what the ledger keeps of the whole fleet, in `fleet.json`.

Whose the state is, the history accepted so far, the last pass, the lease, the pause, and how files were read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.expiry import format_instant

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to apply: which run, on which host, process and boot, until when. Each taking counts one up."""

    run: str
    counter: int
    host: str
    pid: int
    boot: str
    until: datetime

    def __str__(self) -> str:
        return f"{self.run} on {self.host}, until {format_instant(self.until)}"


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
    """What the last pass did, for people and for the clock brake. `seconds` is its duration."""

    time: datetime
    commit: str
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    run: str = ""
    run_url: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """`marker` is empty, `pending` or `made`; `accepted` and `seen` are commits of main (births are known up to it)."""

    fleet: str
    marker: str = ""
    accepted: str | None = None
    seen: str | None = None
    read_with: str | None = None
    last_pass: LastPass | None = None
    lease: Lease | None = None
    counter: int = 0
    pause: Pause | None = None
    format: int = FORMAT
