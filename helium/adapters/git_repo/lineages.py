"""The lineage of one name's file, found while a walk of history goes back in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.lineage import Lineage


@dataclass(slots=True)
class Trail:
    """`ended`: another text was there before, so it leads no further back. `unclear`: the name had two files there.

    `back`: as what the file came, by path, while the walk is where it was absent; `None` while it is there. `before`:
    all that it was there.
    """

    ended: bool = False
    unclear: bool = False
    back: Mapping[str, str] | None = None
    added_at: datetime | None = None
    came_as: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)

    def follow(self, *, newer: Mapping[str, str], older: Mapping[str, str], time: datetime) -> None:
        """One step back: the name's paths with their blobs, on both sides of it."""
        if self.ended:
            return
        if newer and not older:
            self.back, self.added_at = dict(newer), time
            self.came_as |= set(newer.values())
            self.before.clear()
            return
        if self.back is not None:
            # Of two files for one name nobody knows which of them it was.
            self.unclear = not len(self.back) == len(older) == 1
            self.ended = self.unclear or set(self.back.values()) != set(older.values())
            if self.ended:
                return
            self.back = self.added_at = None
        self.before |= {*newer.values(), *older.values()}

    @property
    def lineage(self) -> Lineage | None:
        """By all steps so far; `None` where nobody can say."""
        if self.unclear:
            return None
        return Lineage(self.added_at, frozenset(self.came_as | self.before), after_another=self.ended)
