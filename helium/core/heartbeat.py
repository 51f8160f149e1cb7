"""The heartbeat of a fleet: when a pass was last well, when the next one is expected, and since when it is late.

Pure. A host's schedule is late, drops turns, and ends when nobody pushes for sixty days, so whoever waits for a pass
must see that none comes. A pass that was refused as a whole is no heartbeat: a fleet could be held for weeks unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.core.deadlines import format_instant, time_left
from helium.core.fleet_record import UNNOTED, FleetRecord


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`good`: the last good pass; `seen`: the last one of any kind. `late_from`: when waiting for the next is too long.

    `running`: a pass holds the lease, so nobody waits for one.
    """

    good: datetime
    seen: datetime
    expected: datetime
    late_from: datetime
    running: bool

    def is_late(self, now: datetime) -> bool:
        """Whether the next good pass is later than twice the interval."""
        return self.late_from < now and not self.running

    def sentence(self, now: datetime) -> str:
        """What it says, for people."""
        held = self.seen > self.good
        last = f"The last good pass was {time_left(self.good, now)}"
        if self.running:
            return f"{last}, and one is at work."
        if not self.is_late(now):
            return f"{last}; the next one is expected by {format_instant(self.expected)}."
        why = "Passes run since, and a safeguard holds all that they would do." if held else "No pass has come since."
        return f"{last}; the next one was expected by {format_instant(self.expected)}. {why}"


def heartbeat(known: FleetRecord | None, *, now: datetime) -> Heartbeat | None:
    """That of a fleet; `None` before its first pass."""
    last = known.last_pass if known else None
    if known is None or last is None:
        return None
    good, every = last.good or last.time, timedelta(seconds=last.every or _HOUR)
    # An idle pass is noted every quarter of an hour at most.
    noted = max(every, UNNOTED)
    late_from = good + max(2 * every, noted + UNNOTED)
    running = known.lease is not None and now < known.lease.until
    return Heartbeat(good, last.time, good + noted, late_from, running)


_HOUR = 3600.0
"""Seconds between two passes of a fleet whose ledger does not say it: those of CI's schedule."""
