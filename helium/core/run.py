"""Who runs a pass, and the clock it goes by: values that every command may hold, also one that never writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from helium.core.fleet_record import Lease

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Run:
    """Who runs this pass: an id, the machine, its process and boot, CI's page. `gone(pid)`: no such process here.

    `machine`: its name as Pulumi writes it into a lock, whatever name this run goes by.
    `every`: seconds until it passes again by its own clock; 0 if somebody else starts it, as CI does.
    """

    id: str
    host: str
    pid: int
    boot: str
    gone: Callable[[int], bool]
    url: str = ""
    by: str = ""
    every: float = 0.0
    machine: str = ""

    def free(self, lease: Lease | None, now: datetime) -> bool:
        """Whether the lease may be taken: it was given back, it ran out, or its process on this machine has ended."""
        if lease is None or lease.until <= now:
            return True
        # Shards share it, on machines that this one knows nothing of. Only time frees it.
        if not lease.pid:
            return False
        if lease.run == self.id:
            return True
        return (lease.host, lease.boot) == (self.host, self.boot) and self.gone(lease.pid)
