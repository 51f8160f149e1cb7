"""Who runs a pass, and when: an id, this machine and boot, CI's page, and the clock."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helium.adapters import processes
from helium.reconcile.ledger_writer import Run
from helium.settings import Settings


def clock() -> datetime:
    """Now, in UTC, in whole seconds: what records and git can say."""
    return datetime.now(UTC).replace(microsecond=0)


def run_here(settings: Settings, *, by: str = "", every: timedelta = timedelta(0)) -> Run:
    """This process as the runner of a pass. `every`: it passes again after so long, by itself."""
    return Run(
        id=settings.run_id or f"{clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        host=settings.host,
        pid=os.getpid(),
        boot=_boot(),
        gone=lambda pid: not processes.runs(pid),
        url=settings.run_url,
        by=by,
        every=every.total_seconds(),
    )


def _boot() -> str:
    """This boot's id, and who sees which pids: those of an earlier one are gone; empty where the system tells none.

    A container that has its machine's name sees other pids than the machine, and must call none of those gone.
    """
    try:
        pids = Path("/proc/self/ns/pid").readlink()
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {pids}"
    except OSError:
        return ""
