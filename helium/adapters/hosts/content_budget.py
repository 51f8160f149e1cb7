"""How many calls that change something a host takes from one account, counted before the host has to refuse.

GitHub takes 80 of them a minute and 500 an hour; whoever goes on all the same waits longer each time. The count is this
process's own: what other processes and people do with the account, the host alone knows, and its refusals are kept too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from helium.core.host_place import GITHUB, HostPlace

_HOUR = timedelta(hours=1)
_GITHUB = ((80, timedelta(minutes=1)), (500, _HOUR))


@dataclass(slots=True)
class ContentBudget:
    """The changes of the last hour at one host, and all since the start. `limits`: so many within so long."""

    limits: tuple[tuple[int, timedelta], ...] = ()
    total: int = 0
    _times: deque[datetime] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def changed(self, now: datetime) -> None:
        """There is one more."""
        with self._lock:
            self.total += 1
            self._times.append(now)

    def free_at(self, now: datetime) -> datetime | None:
        """From when on the host takes another one; `None` for now."""
        with self._lock:
            self._forget(now)
            full = [self._times[-most] + within for most, within in self.limits if len(self._times) >= most]
            return max((moment for moment in full if moment > now), default=None)

    def last_hour(self, now: datetime) -> int:
        """How many there were."""
        with self._lock:
            self._forget(now)
            return len(self._times)

    def _forget(self, now: datetime) -> None:
        while self._times and self._times[0] + _HOUR <= now:
            self._times.popleft()


_BUDGETS: dict[str, ContentBudget] = {}
_OPENING = Lock()


def budget_of(place: HostPlace) -> ContentBudget:
    """That of a host, which all connections to it share."""
    with _OPENING:
        return _BUDGETS.setdefault(place.api, ContentBudget(_GITHUB if place.kind == GITHUB else ()))


def host_changes(now: datetime) -> tuple[int, int]:
    """Of all hosts: how many calls since the start have changed something, and how many within the last hour."""
    with _OPENING:
        known = tuple(_BUDGETS.values())
    return sum(each.total for each in known), sum(each.last_hour(now) for each in known)
