"""The fleet of a simulation: how large, how long a workspace lives, what its cloud takes, and when people ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

DAY = 86_400.0
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ScaleFleet:
    """`workspaces` that live at a time, on average. `lifetime` in days, `create` and `destroy` in seconds.

    People ask on each day alike: `office` of them within `hours` of its hours, the others at any other time.
    `parallel`: stacks at once on a machine; `most_shards`: machines at once.
    """

    workspaces: int
    lifetime: float = 3.0
    create: float = 180.0
    destroy: float = 60.0
    office: float = 0.8
    hours: float = 10.0
    parallel: int = 4
    most_shards: int = 256

    @property
    def daily(self) -> float:
        """Workspaces that are asked for in a day: as many as end."""
        return self.workspaces / self.lifetime

    @property
    def busy_hour(self) -> float:
        """Creates in an hour of the office's."""
        return self.daily * self.office / self.hours

    @property
    def at_work(self) -> float:
        """Stacks that are at work at a time in such an hour, creates and destroys."""
        return self.busy_hour * (self.create + self.destroy) / HOUR

    @property
    def is_sharded(self) -> bool:
        """Whether one machine's slots are too few: four fifths of them is as full as a queue may be."""
        return self.at_work > 0.8 * self.parallel

    def asked_for(self, days: int, *, random: Random) -> Sequence[float]:
        """The moments of all requests within so many days, in order."""
        count = round(self.daily)
        return sorted(day * DAY + self._moment(random) for day in range(days) for _ in range(count))

    def _moment(self, random: Random) -> float:
        opens, open_for = 8 * HOUR, self.hours * HOUR
        if random.random() < self.office:
            return opens + random.random() * open_for
        later = random.random() * (DAY - open_for)
        return later if later < opens else later + open_for
