"""Failed sign-ins, counted by address: after too many the address must wait. Kept in memory, for a bounded number.

A token that was good from an address before stays good while that address waits, so that one wrong script does not lock
out the people behind the same proxy.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST = 10
SPAN = timedelta(minutes=1)
REMEMBERED = 10_000


class Throttle:
    """For one event loop; nothing here blocks."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._good: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait(self, address: str, *, now: datetime) -> int:
        """How many seconds the address must wait; 0 when it need not."""
        times = self._failed.get(address, deque[datetime]())
        while times and times[0] <= now - SPAN:
            times.popleft()
        return int((times[0] + SPAN - now).total_seconds()) + 1 if len(times) >= MOST else 0

    def failed(self, address: str, *, now: datetime) -> None:
        """Count one more."""
        times = self._failed.setdefault(address, deque(maxlen=MOST))
        times.append(now)
        self._failed.move_to_end(address)
        if len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)

    def passed(self, address: str, token: str) -> None:
        """Remember that a token (its name) is good from an address."""
        self._good[address, token] = None
        self._good.move_to_end((address, token))
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)

    def knows(self, address: str, token: str) -> bool:
        """Whether the token was good from the address before."""
        return (address, token) in self._good
