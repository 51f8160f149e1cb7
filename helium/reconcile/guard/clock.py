"""May this machine's clock be believed, and which time holds where it may not?

Pure. A witness is the `Date` of the remote, else of the state's server. Commits are none: the pass itself dates them.
It refuses to take a clock for right because nothing speaks against it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from helium.core.deadlines import format_instant
from helium.core.observation import Observation
from helium.core.plan import DAY
from helium.core.record import Record

CLOCK_SKEW = timedelta(minutes=5)


def clock_problem(observed: Observation, now: datetime) -> str:
    """What makes `now` doubtful, or nothing.

    With a witness: it says another time. Without one: `now` is before the last pass that was believed, or long after.
    """
    if observed.remote_time is not None:
        if abs(now - observed.remote_time) > CLOCK_SKEW:
            remote = format_instant(observed.remote_time)
            return f"This machine's clock says {format_instant(now)}, and the remote or the state says {remote}"
        # A remote that agrees is a better witness than the last pass: a fleet may rest for a month.
        return ""
    believed = _last_believed(observed)
    if believed is None:
        return ""
    time, until = believed
    if now < time:
        return f"This machine's clock says {format_instant(now)}, but the last pass was at {format_instant(time)}"
    if now > until:
        return (
            f"The last pass was at {format_instant(time)}, this machine's clock says {format_instant(now)}, "
            "and neither the remote nor the state tells the time"
        )
    return ""


def believed_time(observed: Observation, now: datetime) -> datetime:
    """`now`; where that is doubtful, the remote's time, or that of the last pass that was believed."""
    if not clock_problem(observed, now):
        return now
    believed = _last_believed(observed)
    return observed.remote_time or (believed[0] if believed else now)


def _last_believed(observed: Observation) -> tuple[datetime, datetime] | None:
    """When a clock was last believed, and until when its word is enough; `None` in a fleet without a past."""
    last = observed.fleet_record.last_pass if observed.fleet_record else None
    if last is not None:
        return last.time, last.believed_until
    # A rebuilt ledger, or a first pass that was killed: the oldest record, since the newest may be of a wrong clock.
    created = [record.created_at for record in observed.records.values() if isinstance(record, Record)]
    return (min(created), min(created) + DAY) if created else None
