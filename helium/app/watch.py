"""What happens to workspaces, look by look: each name's status by main and ledger, and what a pass is at, live.

It fetches and changes nothing. A remote that is away for a moment ends nothing: the last look holds until it is back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from helium.app.open_fleet import OpenFleet
from helium.core.live import LiveStack
from helium.core.status import StatusWord
from helium.core.summary import Summary, summary_of
from helium.errors import SourceError
from helium.reconcile.load import Selection, as_fetched

NEAR, FAR = 0.5, 3.0
"""Seconds between two looks: at this machine, and at a remote."""
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


def look(fleet: OpenFleet, *, now: datetime, fetches: bool = True) -> Mapping[str, WatchedName]:
    """Every name that main or the ledger has. `SourceError` where they cannot be fetched."""
    if fetches:
        fleet.repo.fetch()
    observed = as_fetched(fleet, Selection(), now=now).observed
    lease = observed.fleet_record.lease if observed.fleet_record else None
    # Without a lease nobody is at work, and the remote need not be asked.
    live = fleet.live.read() if lease else None
    stacks = {stack.name: stack for stack in (live.shown(lease, now) if live else ())}
    rows = (summary_of(name, observed, now=now) for name in sorted({*observed.specs, *observed.records}))
    return {row.name: WatchedName(row.name, row, stacks.get(row.name)) for row in rows}


@dataclass(slots=True)
class FleetWatch:
    """Looks again and again. `trouble`: why the last look failed; empty while looks succeed."""

    fleet: OpenFleet
    names: Mapping[str, WatchedName]
    trouble: str = ""

    @property
    def every(self) -> float:
        """Seconds until the next look."""
        return FAR if self.fleet.fleet.pushes(self.fleet.clone.remote) else NEAR

    def look_again(self, now: datetime) -> tuple[WatchedName, ...]:
        """Those with news since the last look: what has gone too."""
        before = self.names
        try:
            after = look(self.fleet, now=now)
        except SourceError as error:
            self.trouble = str(error)
            return ()
        self.trouble = ""
        # What was gone at the last look is not said again.
        left = [WatchedName(name, None) for name, known in before.items() if known.row and name not in after]
        self.names = {**after, **{each.name: each for each in left}}
        return tuple(each for each in self.names.values() if _is_news(each, before.get(each.name)))


def _is_news(now: WatchedName, before: WatchedName | None) -> bool:
    return before is None or before.news != now.news
