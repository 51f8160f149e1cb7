"""A simulated pass on one machine, with the pace of `helium/reconcile/rounds.py`."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from helium.reconcile.ledger_writer import BETWEEN_COMMITS
from helium.reconcile.pass_options import TAKE_UNTIL
from helium.reconcile.rounds import FACTOR, SHORTEST

if TYPE_CHECKING:
    from bench.scale.simulation import Simulation

APART = BETWEEN_COMMITS.total_seconds()
LISTED_FOR = 600.0
"""Seconds for which a pass goes by a listing, while nothing is destroyed."""


class LonePass:
    """One pass, called at a moment. `running`: when each change that is at work ends."""

    def __init__(self, simulation: Simulation, called: float) -> None:
        self._of, self._called = simulation, called
        self._began = called + simulation.costs.start
        self._now = self._written = self._next_at = self._began + simulation.look
        self._running: list[float] = []
        self._unwritten = 0
        self._listed = -LISTED_FOR

    def run(self) -> float:
        """Rounds until nothing is at work and nothing is due, or its time is over. Returns when it has ended."""
        tally = self._of.tally
        tally.shards.append((self._called, 1))
        while True:
            self._heed()
            if self._round():
                continue
            if self._unwritten and self._now >= self._written + APART:
                self._write()
            elif (wakes := self._wakes) is not None:
                self._now = max(self._now, wakes)
            else:
                tally.push(self._now)
                self._of.job(self._called, self._now - self._began)
                return self._now

    def _heed(self) -> None:
        while self._running and self._running[0] <= self._now:
            heappop(self._running)
            self._unwritten += 1

    def _write(self) -> None:
        self._of.tally.push(self._now)
        self._unwritten, self._written = 0, self._now

    @property
    def _takes(self) -> bool:
        return self._now - self._began < TAKE_UNTIL.total_seconds()

    def _round(self) -> bool:
        """Begin what is due and finds a slot: what has ended is written first, and what is begun is announced."""
        room = self._of.fleet.parallel - len(self._running)
        if not self._takes or self._now < self._next_at or not (found := self._of.due(self._now, room=room)):
            return False
        if self._now - self._listed >= LISTED_FOR or any(change.ends for change in found):
            self._of.tally.listings.append(self._now)
            self._listed = self._now
        if self._unwritten:
            self._write()
        self._next_at = self._now + max(SHORTEST, FACTOR * self._of.look)
        self._now += self._of.look
        self._write()
        for change in found:
            heappush(self._running, self._of.begin(change, self._now))
        return True

    @property
    def _wakes(self) -> float | None:
        """The next moment at which something can happen; `None` where nothing is at work and nothing is due."""
        moments = self._running[:1]
        if self._unwritten:
            moments.append(self._written + APART)
        begins = max(self._next_at, self._of.next_due)
        has_room = self._takes and len(self._running) < self._of.fleet.parallel
        if has_room and (self._running or begins <= max(self._now, self._next_at)):
            moments.append(begins)
        return min(moments) if self._running or begins in moments else None
