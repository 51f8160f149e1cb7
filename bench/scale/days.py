"""One steady day of a fleet in figures, and the table of several fleets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.scale.fleets import DAY, ScaleFleet
from bench.scale.inputs import ScaleCosts
from bench.scale.simulation import Simulation

MONTH, YEAR = 30, 365


@dataclass(frozen=True, slots=True)
class ScaleDay:
    """A day in which as many workspaces come as go. `waits`: seconds from request to begin, in order."""

    fleet: ScaleFleet
    costs: ScaleCosts
    waits: Sequence[float]
    minutes: int
    machines: int
    pushes: Mapping[int, int]
    listings: int

    @property
    def written(self) -> float:
        """Requests to the state that write or list."""
        per_life = self.costs.of("state.create.written") + self.costs.of("state.destroy.written")
        return len(self.waits) * per_life + self.listings * self.costs.listing(self.fleet.workspaces)

    @property
    def read(self) -> float:
        """Requests to the state that read."""
        return len(self.waits) * (self.costs.of("state.create.read") + self.costs.of("state.destroy.read"))

    @property
    def state_price(self) -> float:
        """Dollars a month."""
        by_day = self.written * self.costs.of("price.written") + self.read * self.costs.of("price.read")
        return MONTH * by_day

    @property
    def minutes_price(self) -> float:
        """Dollars a month."""
        return MONTH * self.minutes * self.costs.of("price.minute")

    @property
    def commits(self) -> int:
        """Of the ledger."""
        return sum(self.pushes.values())

    @property
    def busiest(self) -> int:
        """Pushes in the busiest minute."""
        return max(self.pushes.values(), default=0)

    @property
    def over(self) -> int:
        """Minutes in which the ledger is pushed more often than the host asks for."""
        return sum(count > self.costs.of("host.pushes") for count in self.pushes.values())

    @property
    def log(self) -> float:
        """Bytes of the day's log when it ends: a line for each create and each destroy."""
        return 2 * len(self.waits) * self.costs.of("ledger.line.bytes")

    @property
    def write(self) -> float:
        """Seconds of the day's last write."""
        return self.costs.write(2 * len(self.waits))

    @property
    def written_part(self) -> float:
        """Which part of the busiest minute its writes take, one after the other."""
        return self.busiest * self.write / 60

    @property
    def memory(self) -> float:
        """Megabytes of one machine whose slots are all at work."""
        return self.fleet.parallel * self.costs.of("slot.megabytes")

    @property
    def grown(self) -> float:
        """Bytes that the ledger grows by in a year, packed."""
        by_life, by_commit = self.costs.of("ledger.life.bytes"), self.costs.of("ledger.commit.bytes")
        return YEAR * (len(self.waits) * by_life + self.commits * by_commit)

    def wait(self, part: float) -> float:
        """Seconds within which this part of all creates is begun."""
        return self.waits[min(len(self.waits) - 1, int(part * len(self.waits)))]


def steady_day(fleet: ScaleFleet, costs: ScaleCosts, *, seed: int) -> ScaleDay:
    """The first day on which the workspaces of the first one have ended."""
    day = math.ceil(fleet.lifetime) + 1
    tally = Simulation(fleet, costs, days=day + 1, seed=seed).run()
    begins, ends = day * DAY, (day + 1) * DAY
    return ScaleDay(
        fleet=fleet,
        costs=costs,
        waits=sorted(waited for asked, waited in tally.waits if begins <= asked < ends),
        minutes=sum(math.ceil(seconds / 60) for began, seconds in tally.jobs if begins <= began < ends),
        machines=max(count for began, count in tally.shards if begins <= began < ends),
        pushes={minute: count for minute, count in tally.pushes.items() if begins <= minute * 60 < ends},
        listings=sum(begins <= at < ends for at in tally.listings),
    )


def table(days: Sequence[ScaleDay]) -> str:
    """Each fleet a column, in Markdown."""
    rows = [
        ("workspaces at a time", [f"{day.fleet.workspaces:,}" for day in days]),
        ("`limits.parallel`", [str(day.fleet.parallel) for day in days]),
        ("asked for in a day, and as many end", [f"{len(day.waits):,}" for day in days]),
        ("stacks at work in a busy hour", [f"{day.fleet.at_work:.1f}" for day in days]),
        ("machines at once, at most", [str(day.machines) for day in days]),
        ("memory of a machine, GB", [f"{day.memory / 1e3:.1f}" for day in days]),
        ("until a create is begun: half of them", [_length(day.wait(0.5)) for day in days]),
        ("until a create is begun: 95 of 100", [_length(day.wait(0.95)) for day in days]),
        ("CI minutes in a day", [f"{day.minutes:,}" for day in days]),
        ("… in dollars a month", [f"{day.minutes_price:,.0f}" for day in days]),
        ("pushes of the ledger in a day", [f"{day.commits:,}" for day in days]),
        ("… in the busiest minute", [str(day.busiest) for day in days]),
        ("minutes of the day with more than six", [f"{day.over:,}" for day in days]),
        ("requests to the state in a day", [f"{day.written + day.read:,.0f}" for day in days]),
        ("… in dollars a month", [f"{day.state_price:,.2f}" for day in days]),
        ("log of one day, MB", [f"{day.log / 1e6:.1f}" for day in days]),
        ("the day's last write, pushed, s", [f"{day.write:.2f}" for day in days]),
        ("that minute's part in which the ledger is written", [f"{day.written_part:.0%}" for day in days]),
        ("ledger after a year, packed, GB", [f"{day.grown / 1e9:.2f}" for day in days]),
    ]
    head = [f"| fleet | {' | '.join(str(number + 1) for number in range(len(days)))} |", f"|---|{'---|' * len(days)}"]
    return "\n".join([*head, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows)])


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
