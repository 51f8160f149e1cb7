"""A fleet's days, event by event: who asks, when a pass begins it, what it writes, and when it ends.

A pass on one machine has rounds, as `helium/reconcile/rounds.py` has them, and takes work for half an hour. A sharded
one carries out what its plan found, on as many machines as the planner's own rule says. What is random is when people
ask; the same seed gives the same days. Nothing fails here, and no stack is at work for longer than the fleet says.
"""

from __future__ import annotations

from heapq import heappop, heappush
from random import Random

from bench.scale.fleets import DAY, HOUR, ScaleFleet
from bench.scale.inputs import ScaleCosts
from bench.scale.lone_pass import LonePass
from bench.scale.tally import ScaleChange, ScaleTally
from helium.core.sharded_plan import shard_count
from helium.reconcile.ledger_writer import BETWEEN_COMMITS

APART = BETWEEN_COMMITS.total_seconds()
EXPIRES = 23 * 60.0
"""When in each hour the schedule looks for what has ended."""


class Simulation:
    """All days of one fleet, from the first request until the last workspace has ended."""

    def __init__(self, fleet: ScaleFleet, costs: ScaleCosts, *, days: int, seed: int) -> None:
        self.fleet, self.costs, self.tally = fleet, costs, ScaleTally()
        asked = fleet.asked_for(days, random=Random(seed))
        self._creates = [ScaleChange(at, number) for number, at in enumerate(asked)]
        self._next = 0
        self._destroys: list[ScaleChange] = []
        self.look = costs.look(fleet.workspaces)

    def run(self) -> ScaleTally:
        """Pass after pass."""
        now = 0.0
        while (begins := self._called(now)) is not None:
            now = self._shared(begins) if self.fleet.is_sharded else LonePass(self, begins).run()
            if self._next and begins < self._creates[self._next - 1].due and self.next_due > now:
                # A push that came meanwhile has started a run, which waits for its turn and then finds nothing to do.
                self.job(now, self.look)
        return self.tally

    def _called(self, now: float) -> float | None:
        """When the next pass is started: at once by a request, by the schedule for what has ended."""
        create, destroy = self._next_create, self._next_destroy
        moments = [create.due] if create else []
        moments += [_schedule(max(destroy.due, now))] if destroy else []
        if not moments:
            return None
        begins = max(now, min(moments))
        hourly = _schedule(now)
        while hourly < begins:
            # The schedule starts a pass that finds nothing to do.
            self.job(hourly, self.look)
            self.tally.push(hourly)
            hourly += HOUR
        return begins

    def job(self, began: float, seconds: float) -> None:
        """A job of CI has ended."""
        self.tally.jobs.append((began, self.costs.of("job.set-up") + seconds))

    def due(self, now: float, *, room: float, creates: bool = False) -> list[ScaleChange]:
        """What is due, the longest first, as much as finds room; or only creates."""
        found: list[ScaleChange] = []
        while len(found) < room:
            kinds = (self._next_create,) if creates else (self._next_create, self._next_destroy)
            first = min((each for each in kinds if each), default=None)
            if first is None or first.due > now:
                break
            found.append(heappop(self._destroys) if first.ends else self._creates[self._next])
            self._next += not first.ends
        return found

    @property
    def next_due(self) -> float:
        """When the next change is due."""
        return min((each.due for each in (self._next_create, self._next_destroy) if each), default=float("inf"))

    @property
    def _next_create(self) -> ScaleChange | None:
        return self._creates[self._next] if self._next < len(self._creates) else None

    @property
    def _next_destroy(self) -> ScaleChange | None:
        return self._destroys[0] if self._destroys else None

    def begin(self, change: ScaleChange, now: float) -> float:
        """When it ends; a create has its own end then, which is due some day."""
        if change.ends:
            self.tally.ended += 1
            return now + self.fleet.destroy
        self.tally.created += 1
        self.tally.waits.append((change.due, now - change.due))
        ends = now + self.fleet.create
        heappush(
            self._destroys, ScaleChange(max(ends, change.due + self.fleet.lifetime * DAY), change.number, ends=True)
        )
        return ends

    def _shared(self, called: float) -> float:
        """One pass on several machines: planned, carried out, closed. Returns when it has ended."""
        planned = called + self.costs.start + self.look
        work = self.due(planned, room=float("inf"))
        count = shard_count(len(work), parallel=self.fleet.parallel, most=self.fleet.most_shards)
        self.tally.shards.append((called, count))
        self.tally.listings.append(planned)
        self.tally.push(planned)
        self.job(called, self.look)
        ended = max(self._shard(work[number::count], planned) for number in range(count))
        closed = ended + self.costs.start + self.look
        self.tally.listings.append(closed)
        self.tally.push(closed)
        self.job(ended, self.look)
        return closed

    def _shard(self, work: list[ScaleChange], called: float) -> float:
        """One machine's part: each change takes the slot that is free first. Returns when it has ended."""
        began = now = called + self.costs.start + self.look
        slots = [began] * self.fleet.parallel
        ends: list[float] = []
        for change in work:
            ends.append(self.begin(change, heappop(slots)))
            heappush(slots, ends[-1])
        self.tally.push(began)
        flush = None
        for end in sorted(ends):
            if flush is not None and flush < end:
                self.tally.push(flush)
                now, flush = flush, None
            flush = flush or max(end, now + APART)
        ended = max(ends, default=began)
        self.tally.push(ended)
        self.job(called, self.look + ended - began)
        return ended


def _schedule(at: float) -> float:
    """The schedule's next moment."""
    hour = at // HOUR * HOUR
    return hour + EXPIRES if at <= hour + EXPIRES else hour + HOUR + EXPIRES
