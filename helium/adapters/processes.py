"""Which processes of this machine are there: what tells a dead holder of a lock from a living one."""

from __future__ import annotations

import os
from pathlib import Path


def runs(pid: int) -> bool:
    """Whether such a process is there; one that has ended and was not waited for is not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return stat(pid)[:1] not in (["Z"], ["X"])


def stat(pid: int) -> list[str]:
    """The fields after the name in `/proc/PID/stat`, state first; none where there is no such file."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
