"""What happens to a workspace, look by look: its row, and what a pass is at. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from helium.core.live import LiveStack
from helium.core.status import StatusWord
from helium.core.summary import Summary

_AT_REST = (StatusWord.READY, StatusWord.FAILED)


@dataclass(frozen=True, slots=True)
class WatchedName:
    """One name at one look: its row, `None` once it is gone; and what a pass is at, while one is at work on it."""

    name: str
    row: Summary | None
    live: LiveStack | None = None

    @property
    def word(self) -> str:
        """Its status, or `gone`."""
        return self.row.status.value if self.row else "gone"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself: it is ready, failed or gone, and nobody is at work."""
        return self.row is None or (self.live is None and self.row.status in _AT_REST)

    @property
    def failed(self) -> bool:
        """Whether it is over, and not well."""
        return self.is_over and self.row is not None and self.row.status is StatusWord.FAILED

    @property
    def news(self) -> tuple[object, ...]:
        """What counts as a change. Time that goes by is none."""
        return (self.word, self.live.kind, self.live.progress) if self.live else (self.word, self._reason, "")

    @property
    def _reason(self) -> str:
        return self.row.reason if self.row else ""

    def sentence(self, now: datetime) -> str:
        """What there is to say of it, without its name."""
        if self.live is not None:
            return self.live.sentence(now)
        return f"{self.word}: {self._reason}" if self._reason else self.word


WatchedNames = Mapping[str, WatchedName]
"""All that one look saw, by name."""


def looked(before: WatchedNames, seen: WatchedNames) -> WatchedNames:
    """What is known after a look. A name that has gone stays, as gone."""
    left = {name: WatchedName(name, None) for name in before if name not in seen}
    return {**seen, **left}


def news(before: WatchedNames, after: WatchedNames) -> tuple[WatchedName, ...]:
    """Those that changed between two looks. What was gone already is not said again."""
    return tuple(each for each in after.values() if (known := before.get(each.name)) is None or known.news != each.news)
