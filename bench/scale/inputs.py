"""What the simulation goes by: what was measured here, what others say, and what is assumed. Each has its source.

A measured figure is that of `bench/results/latest.json`, under the name that `python -m bench ROW` gave it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bench.results_file import RESULTS

LIMITS = "[GitHub](https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits)"
RATES = "[GitHub](https://docs.github.com/en/billing/reference/actions-runner-pricing)"
BUCKET = "[Amazon](https://aws.amazon.com/s3/pricing/), us-east-1"
SET_UP = "[run in CI](../how-to/run-in-ci.md), measured"


@dataclass(frozen=True, slots=True)
class ScaleInput:
    """A figure, its unit, and where it is from."""

    value: float
    unit: str
    source: str


_MEASURED = {
    "passes.1000.wall": "seconds of a pass with nothing to do, 1,000 workspaces",
    "passes.10000.wall": "seconds of such a pass, 10,000 workspaces",
    "create.helium.cpu": "seconds of CPU for one create",
    "slot.megabytes": "MB of memory for one stack at work",
    "buckets.10000.requests": "requests to list 10,000 stacks",
    "state.create.written": "requests that write or list, for one create",
    "state.create.read": "requests that read, for one create",
    "state.destroy.written": "requests that write or list, for one destroy",
    "state.destroy.read": "requests that read, for one destroy",
    "ledger.life.bytes": "bytes that one life adds to the ledger, packed",
    "ledger.commit.bytes": "bytes that one commit adds to the ledger, packed",
    "ledger.line.bytes": "bytes of one line of the log",
    "ledger.write.0": "seconds of a write that is pushed, the day's log empty",
    "ledger.write.60000": "seconds of such a write, 60,000 lines in the day's log",
}
_GIVEN = {
    "host.pushes": ScaleInput(6, "pushes a minute that the host asks for at most", LIMITS),
    "host.object": ScaleInput(1e6, "bytes of one file, as the host recommends at most", LIMITS),
    "host.object.refused": ScaleInput(1e8, "bytes of one file, which the host refuses", LIMITS),
    "host.repository": ScaleInput(1e10, "bytes of a repository, as the host recommends at most", LIMITS),
    "price.minute": ScaleInput(0.006, "dollars for a minute of a Linux runner with 2 cores", RATES),
    "price.written": ScaleInput(0.005 / 1000, "dollars for a request that writes or lists", BUCKET),
    "price.read": ScaleInput(0.0004 / 1000, "dollars for a request that reads", BUCKET),
    "job.set-up": ScaleInput(4, "seconds of a job's set-up from its cache", SET_UP),
    "job.queue": ScaleInput(15, "seconds until the host has a runner", "assumed"),
}


def inputs() -> Mapping[str, ScaleInput]:
    """All of them, by name."""
    figures = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]
    measured = {
        name: ScaleInput(figures[name], unit, f"`python -m bench {name.partition('.')[0]}`")
        for name, unit in _MEASURED.items()
    }
    return {**measured, **_GIVEN}


def inputs_table(known: Mapping[str, ScaleInput]) -> str:
    """A row for each, in Markdown."""
    rows = [f"| `{name}` | {each.value:g} | {each.unit} | {each.source} |" for name, each in known.items()]
    return "\n".join(("| name | figure | of what | from |", "|---|---|---|---|", *rows))


@dataclass(frozen=True, slots=True)
class ScaleCosts:
    """The inputs as a simulation asks for them."""

    known: Mapping[str, ScaleInput]

    def of(self, name: str) -> float:
        """One figure."""
        return self.known[name].value

    def look(self, workspaces: int) -> float:
        """Seconds of a look at so many: on the line through the two that were measured."""
        small, large = self.of("passes.1000.wall"), self.of("passes.10000.wall")
        return small + (large - small) / 9000 * (workspaces - 1000)

    def listing(self, stacks: int) -> float:
        """Requests to list so many stacks: a page has a thousand objects, and each stack has two."""
        return 1 + (self.of("buckets.10000.requests") - 1) * stacks / 10_000

    def write(self, lines: float) -> float:
        """Seconds of one pushed write where the day's log has so many lines."""
        none, many = self.of("ledger.write.0"), self.of("ledger.write.60000")
        return none + (many - none) / 60_000 * lines

    @property
    def start(self) -> float:
        """Seconds from an event to a job that can work."""
        return self.of("job.set-up") + self.of("job.queue")
