"""Who is killed, and when: the processes of a pass, and the moments of its life that can be seen from outside.

Nothing in the product helps: a moment is a file that appears or changes, a line that a git hook wrote, or an instant.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.killed_fleet import PROJECT, KilledFleet

LOOK_EVERY = 0.002


@dataclass(frozen=True, slots=True, order=True)
class KillMoment:
    """The n-th time that something was seen to happen: `state` written, `lock` taken, ledger `prepared`, …"""

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


@dataclass(slots=True)
class Watch:
    """Looks at a fleet while a pass works on one name, and tells each moment once."""

    fleet: KilledFleet
    name: str
    counter: Path | None = None
    seen: dict[str, object] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fleet.steps.unlink(missing_ok=True)
        self.seen = dict(self._looks())

    def moments(self, alive: Callable[[], bool]) -> Iterator[KillMoment]:
        """What happens, as it happens, until the pass is over."""
        over = False
        while not over:
            over = not alive()
            yield from self._news()
            time.sleep(LOOK_EVERY)

    def _news(self) -> Iterator[KillMoment]:
        for kind, now in self._looks():
            before = self.seen.get(kind)
            if now == before:
                continue
            self.seen[kind] = now
            if kind == "call" and isinstance(now, int):
                # Two calls may come between two looks: each of them happened.
                known = before if isinstance(before, int) else 0
                yield from (KillMoment(kind, number) for number in range(known + 1, now + 1))
            elif now:
                self.counts[kind] = self.counts.get(kind, 0) + 1
                yield KillMoment(kind, self.counts[kind])

    def _looks(self) -> Iterator[tuple[str, object]]:
        pulumi = self.fleet.state / ".pulumi"
        yield "state", _stamp(pulumi / "stacks" / PROJECT / f"{self.name}.json")
        yield "lock", _files(pulumi / "locks" / "organization" / PROJECT / self.name)
        lines = _lines(self.fleet.steps)
        for kind in ("prepared", "committed"):
            yield kind, lines.count(kind)
        if self.counter is not None:
            yield "call", int("".join(_lines(self.counter)) or 0)


def _stamp(path: Path) -> object:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _files(folder: Path) -> tuple[Path, ...]:
    """Those of a folder, which Pulumi takes away with its last one."""
    try:
        return tuple(folder.glob("*.json"))
    except OSError:
        return ()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


@dataclass(frozen=True, slots=True)
class KilledProcess:
    """One process, as `/proc` tells."""

    pid: int
    parent: int
    command: str

    @property
    def role(self) -> str:
        """What it is to Helium."""
        if "helium.adapters.engine.worker" in self.command:
            return "worker"
        if "helium.sandbox" in self.command:
            return "provider"
        return "pulumi" if "pulumi" in self.command.partition(" ")[0] else "other"


def processes() -> Iterator[KilledProcess]:
    """Everything that runs, zombies left out."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if state not in "ZX":
            yield KilledProcess(int(entry.name), int(parent), command)


def below(root: int) -> list[KilledProcess]:
    """All that a process has started, and what those have."""
    every = list(processes())
    found, wave = [], {root}
    while wave:
        children = [each for each in every if each.parent in wave]
        found += children
        wave = {each.pid for each in children}
    return found


def strike(actor: str, root: int, number: signal.Signals = signal.SIGKILL) -> int:
    """Send the actor's processes among those of a pass a signal: how many there were.

    `all` is a machine that loses power; `machine` is one that falls asleep: the cloud's provider goes on.
    """
    family = below(root)
    match actor:
        case "pass":
            chosen = [root]
        case "all":
            chosen = [root, *(each.pid for each in family)]
        case "machine":
            chosen = [root, *(each.pid for each in family if each.role != "provider")]
        case _:
            chosen = [each.pid for each in family if each.role == actor]
    return sum(_sent(pid, number) for pid in chosen)


def _sent(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def asleep(process: subprocess.Popen[str], actor: str) -> Iterator[None]:
    """A pass that is stopped for the length of a block, alone or with its machine; awake, it goes on."""
    assert strike(actor, process.pid, signal.SIGSTOP)
    try:
        yield
    except BaseException:
        strike("all", process.pid)
        raise
    strike(actor, process.pid, signal.SIGCONT)


def lingering(folder: Path, *, but: Sequence[int]) -> list[str]:
    """What still runs in a fleet's folder, besides the families of these processes."""
    own = {os.getpid(), *but, *(each.pid for root in (os.getpid(), *but) for each in below(root))}
    return [each.command for each in processes() if each.pid not in own and _touches(each, folder)]


def _touches(process: KilledProcess, folder: Path) -> bool:
    if str(folder) in process.command:
        return True
    try:
        return str(Path(f"/proc/{process.pid}/cwd").readlink()).startswith(str(folder))
    except OSError:
        return False
