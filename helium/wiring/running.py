"""Who runs a pass, and when: an id, this machine and boot, CI's page, and the clock."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helium.adapters import processes
from helium.reconcile.book import Run
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
    """This boot's id, so that a pid of an earlier one is known to be gone; empty where the system tells none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
