"""A simulated pass on one machine, with the pace of `helium/reconcile/rounds.py` and `push_pace.py`."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from helium.reconcile.ledger_writer import BETWEEN_COMMITS
from helium.reconcile.pass_options import TAKE_UNTIL
from helium.reconcile.push_pace import AT_ONCE
from helium.reconcile.rounds import FACTOR, SHORTEST

if TYPE_CHECKING:
    from bench.scale.simulation import Simulation
    from bench.scale.tally import ScaleChange

APART = BETWEEN_COMMITS.total_seconds()
LISTED_FOR = 600.0
"""Seconds for which a pass goes by a listing, while nothing is destroyed."""


class LonePass:
    """One pass, called at a moment. `running`: when each change at work ends; `early`: announced, no slot yet."""

    def __init__(self, simulation: Simulation, called: float) -> None:
        self._of, self._called = simulation, called
        self._began = called + simulation.costs.start
        self._now = self._written = self._next_at = self._began + simulation.look
        self._running: list[float] = []
        self._early: deque[ScaleChange] = deque()
        self._rest = 60 / simulation.costs.of("host.pushes")
        self._owed = 0.0
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
            if self._unwritten and self._now >= max(self._written + APART, self._free_at):
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
        while self._early and len(self._running) < self._of.fleet.parallel:
            heappush(self._running, self._of.begin(self._early.popleft(), self._now))

    def _write(self) -> None:
        self._of.tally.push(self._now)
        self._unwritten, self._written = 0, self._now
        self._owed = max(self._owed, self._now) + self._rest

    @property
    def _free_at(self) -> float:
        """When the host has had its rest. Where nothing is at work, nobody waits for that."""
        return self._owed - (AT_ONCE - 1) * self._rest if self._running else 0.0

    @property
    def _takes(self) -> bool:
        return self._now - self._began < TAKE_UNTIL.total_seconds()

    def _round(self) -> bool:
        """Begin what is due and finds a slot. One push says what has ended, what begins, and what is to begin next."""
        room = self._of.fleet.parallel - len(self._running)
        waits = self._now < max(self._next_at, self._free_at)
        if not self._takes or waits or not (found := self._of.due(self._now, room=room)):
            return False
        if self._now - self._listed >= LISTED_FOR or any(change.ends for change in found):
            self._of.tally.listings.append(self._now)
            self._listed = self._now
        self._early += self._of.due(self._now, room=self._of.fleet.parallel - len(self._early), creates=True)
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
            moments.append(max(self._written + APART, self._free_at))
        begins = max(self._next_at, self._free_at, self._of.next_due)
        has_room = self._takes and len(self._running) < self._of.fleet.parallel
        if has_room and (self._running or begins <= max(self._now, self._next_at)):
            moments.append(begins)
        return min(moments) if self._running or begins in moments else None
