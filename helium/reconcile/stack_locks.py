"""Whether a lock was left by a run that this one has superseded. For other machines only the ledger can say that.

Pure. The engine itself breaks the locks of dead processes on this machine. This refuses to guess: a lock of a host that
the record does not name, or one that may still be within its time limit, belongs to somebody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from helium.core.record import Phase, Record
from helium.core.run import Run
from helium.errors import StackBusyError

LOCK_GRACE = timedelta(minutes=5)
_MOST = 8
AT_WORK = (Phase.CREATING, Phase.UPDATING, Phase.DELETING)


def superseded(busy: StackBusyError, record: Record | None, *, timeout: timedelta, now: datetime) -> bool:
    """Whether the lock is left over from the run that was at work by `record`, as this pass read it.

    The caller must hold the lease: then that run is over, because no operation outlives its timeout.
    """
    if record is None or record.phase not in AT_WORK or busy.since is None:
        return False
    # Not by the run's own name alone (`HELIUM_HOST`), which Pulumi does not know. And a second run may have announced
    # itself and been killed as well, before it met the lock of the first one.
    known = (record.host, *record.machines)
    return bool(busy.host) and busy.host in known and now > busy.since + timeout + LOCK_GRACE


def machines_of(record: Record | None, run: Run) -> tuple[str, ...]:
    """The machines whose locks may be met, once this run has announced itself too."""
    earlier = record.machines if record is not None and record.phase in AT_WORK else ()
    return tuple(dict.fromkeys((*earlier, run.machine)))[-_MOST:]
