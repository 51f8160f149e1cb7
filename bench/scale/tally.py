"""What is due in a simulated fleet, and what happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class ScaleChange:
    """One create or destroy that is due."""

    due: float
    number: int
    ends: bool = False


@dataclass(slots=True)
class ScaleTally:
    """What happened: pushes by minute, seconds of jobs, and per change how long it waited until it was begun."""

    created: int = 0
    ended: int = 0
    pushes: Counter[int] = field(default_factory=Counter)
    listings: list[float] = field(default_factory=list)
    jobs: list[tuple[float, float]] = field(default_factory=list)
    """When each job began, and for how long it ran."""
    shards: list[tuple[float, int]] = field(default_factory=list)
    """When each pass began, and on how many machines."""
    waits: list[tuple[float, float]] = field(default_factory=list)
    """When each create was asked for, and for how long it waited."""

    def push(self, at: float) -> None:
        """The ledger is pushed."""
        self.pushes[int(at // 60)] += 1
