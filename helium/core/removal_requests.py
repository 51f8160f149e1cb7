"""Which removals somebody asked Helium for: what the commits say, held against what the ledger says of requests.

Pure. A commit's trailer can be typed by whoever may push. What Helium was asked for, it notes in the ledger before it
pushes the removal. A removal that the ledger does not know counts like any other that somebody made by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.record import CorruptRecord, Record
from helium.core.spec import REQUESTED, Addition, Removal

KEPT_FOR = timedelta(hours=24)
"""How long a request is kept whose commit never came: its push was refused, or Helium was killed before it."""
_SKEW = timedelta(minutes=5)

Records = Mapping[str, Record | CorruptRecord]


@dataclass(frozen=True, slots=True)
class RemovalRequest:
    """That somebody asked Helium to take these names away. `id` is in the trailer of the commit that does it."""

    id: str
    names: tuple[str, ...]
    time: datetime


@dataclass(frozen=True, slots=True)
class KnownRequests:
    """The requests that the ledger has, by their ids, and the records of those whom they are about."""

    by_id: Mapping[str, RemovalRequest]
    records: Records

    @classmethod
    def of(cls, requests: Sequence[RemovalRequest], records: Records) -> KnownRequests:
        """Those of the fleet's record."""
        return cls({request.id: request for request in requests}, records)

    def removals(self, removals: Mapping[str, Removal]) -> dict[str, Removal]:
        """The same, as requested where somebody asked Helium for that very name."""
        return {
            name: replace(removal, origin=REQUESTED) if self._knows(removal.request, name) else removal
            for name, removal in removals.items()
        }

    def additions(self, additions: Mapping[str, Addition]) -> dict[str, Addition]:
        """The same, after a request where somebody asked Helium to take the earlier file away."""
        return {
            name: replace(addition, after_request=self._knows(addition.request_before, name))
            for name, addition in additions.items()
        }

    def _knows(self, id: str, name: str) -> bool:
        request = self.by_id.get(id)
        return request is not None and name in request.names and self._is_of(request, name)

    def _is_of(self, request: RemovalRequest, name: str) -> bool:
        """A request that never came to main does not speak for whoever gets the name next."""
        record = self.records.get(name)
        return not isinstance(record, Record) or record.added_at <= request.time + _SKEW


def still_awaited(
    requests: Sequence[RemovalRequest], *, landed: frozenset[str], now: datetime
) -> tuple[RemovalRequest, ...]:
    """Those whose commit a pass has not seen on main, and may still come. Records know the others from now on."""
    return tuple(request for request in requests if request.id not in landed and abs(now - request.time) <= KEPT_FOR)
