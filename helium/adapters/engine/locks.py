"""What Pulumi says about a lock, and whether its holder is gone.

A lock is dead when this machine took it and its process has ended: the pid is free, belongs to a process that started
after the lock, or the machine was rebooted since. It refuses to call a lock of another machine dead.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from helium.adapters import processes
from helium.adapters.engine.state_files import ENDINGS
from helium.core.stack import StackId

_LOCK = re.compile(r"(?P<url>\S+): created by (?P<user>.*?)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<time>\S+)")
_SLACK = 2.0


@dataclass(frozen=True, slots=True)
class Lock:
    """Who holds a stack, and since when."""

    user: str
    host: str
    pid: int
    time: datetime
    url: str = ""

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}) since {self.time:%Y-%m-%dT%H:%M:%SZ}"


def locks_in(text: str) -> tuple[Lock, ...]:
    """Every lock that Pulumi's error names."""
    return tuple(
        Lock(
            user=match["user"],
            host=match["host"],
            pid=int(match["pid"]),
            time=datetime.fromisoformat(match["time"]).astimezone(UTC),
            url=match["url"],
        )
        for match in _LOCK.finditer(text)
    )


def path_of(url: str) -> Path:
    """The path that a `file://` URL names, as Pulumi reads it: of a state, or of a lock in it."""
    # Pulumi shortens `..` before it reads `%2E`, drops what stands behind `#`, and only then reads `%`.
    return Path(unquote(os.path.normpath(urlsplit(url).path)))


def as_pulumi_reads(url: str) -> bool:
    """Whether the URL is a path alone, in which each `%` can be read."""
    return url.startswith("file:///") and "?" not in url and not re.search(r"%(?![0-9A-Fa-f]{2})", url)


def unowned(state: Path) -> Iterator[Path]:
    """The lock files in a `file://` state whose stack does not exist and whose process has ended.

    Pulumi leaves one when it is killed in `stack init` or `stack rm`, and the next user of the name would run into it.
    """
    locks, stacks = state / ".pulumi" / "locks" / "organization", state / ".pulumi" / "stacks"
    for file in locks.glob("*/*/*.json"):
        stack = stacks / file.parent.parent.name / file.parent.name
        there = any(stack.with_name(f"{stack.name}{ending}").exists() for ending in ENDINGS)
        if not there and (lock := _read(file)) and is_dead(lock):
            yield file


def locks_on(stack: StackId, state: Path) -> tuple[Lock, ...]:
    """Who holds a stack of a `file://` state, read from its lock files."""
    folder = state / ".pulumi" / "locks" / "organization" / stack.project / stack.name
    return tuple(lock for file in sorted(folder.glob("*.json")) if (lock := _read(file)))


def _read(file: Path) -> Lock | None:
    try:
        return lock_of(file.read_bytes())
    except OSError:
        return None


def lock_of(data: bytes) -> Lock | None:
    """What a lock's file says; `None` for anything else."""
    try:
        said = json.loads(data)
        time = datetime.fromisoformat(said["timestamp"]).astimezone(UTC)
        return Lock(said["username"], said["hostname"], int(said["pid"]), time)
    except (ValueError, KeyError, TypeError):
        return None


def is_dead(lock: Lock) -> bool:
    """Whether nobody holds it any more. Nobody knows that of another machine's lock."""
    if lock.host != socket.gethostname():
        return False
    if not processes.runs(lock.pid):
        return True
    began = _began(lock.pid)
    return began is not None and began > lock.time.timestamp() + _SLACK


def end(lock: Lock) -> None:
    """Kill the Pulumi of this machine that holds a lock, and everything that it started.

    Its run was superseded. A suspended Pulumi could resume and overwrite newer state.
    """
    if lock.host != socket.gethostname() or is_dead(lock) or not processes.name(lock.pid).startswith("pulumi"):
        return
    processes.kill(lock.pid)


def _began(pid: int) -> float | None:
    """When a process started, in seconds of the epoch; `None` if `/proc` does not say."""
    try:
        ticks = int(processes.began(pid) or "")
        boot = next(line.split()[1] for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    except (OSError, IndexError, StopIteration, ValueError):
        return None
    return int(boot) + ticks / os.sysconf("SC_CLK_TCK")
