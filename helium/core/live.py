"""What is going on now: for each name at work, what Pulumi is doing, how far it is, and how long it usually takes.

It is shown and never decided by: a pass goes by the ledger alone. It says nothing of a pass that has ended, and it is
believed only as long as the lease that it was written under.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from helium.core.fleet_record import Lease

DOING = {"create": "creating", "update": "updating", "destroy": "destroying"}
"""The kind of a change, while it is made."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What Pulumi is at: a resource that was begun and has not ended (its full type, its name), and how many ended.

    Without a type, it is between two resources, or has not begun with them.
    """

    type: str = ""
    name: str = ""
    done: int = 0

    def __str__(self) -> str:
        return f"{self.type.rpartition(':')[2]} {self.name}" if self.type else ""


@dataclass(frozen=True, slots=True)
class LiveStack:
    """One name at work: the kind of its change, and since when.

    `of`: how many resources there were at the end of the last time; `usual`: how many seconds it took, as a rule.
    Both are 0 where nobody knows.
    """

    name: str
    kind: str
    since: datetime
    doing: Doing = field(default_factory=Doing)
    of: int = 0
    usual: float = 0.0

    @property
    def done(self) -> int:
        """How many resources are done. There may be more than the last time."""
        return self.doing.done

    def seconds(self, now: datetime) -> float:
        """How long it has been at work. Its machine's clock may be ahead of this one."""
        return max(0.0, (now - self.since).total_seconds())

    def usually(self, seconds: float) -> str:
        """`usually 1m10s`, or that it takes longer than that by now; empty where nobody knows."""
        if not self.usual:
            return ""
        return f"{'longer than the usual' if self.usual < seconds else 'usually'} {spoken(self.usual)}"

    def sentence(self, now: datetime) -> str:
        """All of it in one line: `creating for 40s (usually 1m10s), 12 of 14 resources, now Bucket data`."""
        usual = self.usually(self.seconds(now))
        known = f" ({usual})" if usual else ""
        first = f"{DOING.get(self.kind, self.kind)} for {spoken(self.seconds(now))}{known}"
        return ", ".join(filter(None, [first, self.progress]))

    @property
    def progress(self) -> str:
        """How far it is, and at what: `12 of 14 resources, now Bucket data`; empty while nobody knows."""
        parts = []
        if self.of or self.done:
            total = f" of {self.of}" if self.of >= self.done else ""
            parts.append(f"{self.done}{total} {'resource' if not total and self.done == 1 else 'resources'}")
        if self.doing.type:
            parts.append(f"now {self.doing}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Live:
    """What one pass was at, when it last said so (`at`), under the lease `run`, `counter`, which ends at `until`."""

    run: str
    counter: int
    at: datetime
    until: datetime
    stacks: tuple[LiveStack, ...] = ()

    @classmethod
    def under(cls, lease: Lease, stacks: Sequence[LiveStack], *, now: datetime) -> Self:
        """What the holder of this lease is at."""
        return cls(lease.run, lease.counter, now, lease.until, tuple(stacks))

    @classmethod
    def together(cls, parts: Iterable[Self]) -> Self | None:
        """What several machines are at under one lease, the newest that any of them says; `None` of nothing."""
        lives = list(parts)
        if not lives:
            return None
        newest = max(lives, key=lambda live: (live.counter, live.at))
        ours = [live for live in lives if (live.run, live.counter) == (newest.run, newest.counter)]
        stacks = sorted((stack for live in ours for stack in live.stacks), key=lambda stack: (stack.since, stack.name))
        return replace(newest, until=max(live.until for live in ours), stacks=tuple(stacks))

    def is_of(self, lease: Lease) -> bool:
        """Whether it was said under that lease, which may have been renewed since."""
        return lease.term == (self.run, self.counter)

    def shown(self, lease: Lease | None, now: datetime) -> tuple[LiveStack, ...]:
        """What is still believed: nothing, once the lease has run out or is not the ledger's any more."""
        return self.stacks if lease is not None and self.is_of(lease) and now < self.until else ()


def spoken(seconds: float) -> str:
    """A short length of time, as a person says it: `40s`, `1m10s`, `2h05m`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"
