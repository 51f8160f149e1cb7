"""Which processes of this machine are there, which tells a dead holder of a lock from a living one; and signals."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def runs(pid: int) -> bool:
    """Whether such a process runs; one that has ended, and that its parent did not wait for, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return stat(pid)[:1] not in (["Z"], ["X"])


def name(pid: int) -> str:
    """The name of its program, as the system gives it; empty where it gives none."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def below(pid: int) -> list[int]:
    """Its children, their children, and so on; nothing where there is no `/proc`."""
    parents = {int(entry.name): stat(int(entry.name))[1:2] for entry in Path("/proc").glob("[0-9]*")}
    descendants, generation = [], {str(pid)}
    while generation:
        children = [each for each, parent in parents.items() if parent and parent[0] in generation]
        descendants += children
        generation = {str(each) for each in children}
    return descendants


def kill(pid: int) -> None:
    """Kill a process and all that it has started, as far as they may be killed."""
    # Stopped first, so that none of them starts another one while they are counted.
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for each in (pid, *below(pid)):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(each, number)


def began(pid: int) -> str | None:
    """When it was started, in clock ticks since this boot; `None` where there is no `/proc`."""
    return next(iter(stat(pid)[19:20]), None)


def stat(pid: int) -> list[str]:
    """The fields after the name in `/proc/PID/stat`, state first; none when there is no such file."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def heed_interrupts() -> None:
    """Stop ignoring SIGINT in this process, and so in every child that it starts from now on. For a main thread.

    A shell starts what runs in the background with SIGINT ignored, and a child inherits that: a Pulumi that was started
    so could not be interrupted. A handler is not inherited, so a child begins with the default. `helium` itself takes
    its signals in `helium.cli.process`; this is for other programs that use an engine. SIGHUP is left as it is, because
    `nohup` means it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
