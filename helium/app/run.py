"""Who runs a pass, and when: the run's id, this machine and its boot, the CI page, and the clock."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helium.core.run import Run
    from helium.settings import Settings


def clock() -> datetime:
    """Now, in UTC, in whole seconds: what records and git can say."""
    return datetime.now(UTC).replace(microsecond=0)


def run_here(settings: Settings, *, by: str = "", every: timedelta = timedelta(0)) -> Run:
    """This process as the runner of a pass. `every`: how often it passes by itself."""
    # Every command asks `clock` for the time, and few make a pass.
    import secrets
    import socket

    from helium.adapters import processes
    from helium.core.run import Run

    return Run(
        id=settings.run_id or f"{clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        host=settings.host,
        pid=os.getpid(),
        boot=_boot(),
        gone=lambda pid: not processes.runs(pid),
        url=settings.run_url,
        by=by,
        every=every.total_seconds(),
        machine=socket.gethostname(),
    )


def _boot() -> str:
    """This boot's id and pid namespace; empty where the system has none.

    Pids of an earlier boot are gone. A container with its machine's name sees other pids than the machine, and must not
    take those for gone.
    """
    try:
        pids = Path("/proc/self/ns/pid").readlink()
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {pids}"
    except OSError:
        return ""
