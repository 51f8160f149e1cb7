"""What happens to workspaces, as a clone sees it: each name's status by main and ledger, and what a pass is at, live.

It fetches and changes nothing. A remote that is away for a moment ends nothing: the last look holds until it is back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import sleep

from helium.app.asked_rows import asked_rows
from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.core.change_request import by_name
from helium.core.summary import summary_of
from helium.core.watched import WatchedName, WatchedNames, looked, news
from helium.errors import SourceError
from helium.reconcile.load import Selection, as_fetched

NEAR, FAR = 0.5, 3.0
"""Seconds between two looks: at this machine, and at a remote."""


def look(fleet: OpenFleet, *, now: datetime, fetches: bool = True) -> WatchedNames:
    """Every name that main or the ledger has. `SourceError` where they cannot be fetched."""
    if fetches:
        fleet.repo.fetch()
    observed = as_fetched(fleet, Selection(), now=now).observed
    lease = observed.fleet_record.lease if observed.fleet_record else None
    # Without a lease nobody is at work, and the remote need not be asked.
    live = fleet.live.read() if lease else None
    stacks = {stack.name: stack for stack in (live.shown(lease, now) if live else ())}
    asked = asked_rows(by_name(fleet.ledger.known().pull_requests.values()), observed, now=now)
    names = sorted({*observed.specs, *observed.records})
    rows = [*(summary_of(name, observed, now=now) for name in names), *asked.values()]
    return {row.name: WatchedName(row.name, row, stacks.get(row.name)) for row in rows}


@dataclass(slots=True)
class CloneWatch:
    """The port `FleetWatch` on a clone. `trouble`: why the last look failed; empty while looks succeed."""

    fleet: OpenFleet
    names: WatchedNames
    trouble: str = ""

    def look_again(self) -> Sequence[WatchedName]:
        """Those with news since the last look: what has gone too."""
        sleep(FAR if self.fleet.fleet.pushes(self.fleet.clone.remote) else NEAR)
        try:
            after = looked(self.names, look(self.fleet, now=clock()))
        except SourceError as error:
            self.trouble = str(error)
            return ()
        before, self.names, self.trouble = self.names, after, ""
        return news(before, after)

    def close(self) -> None:
        """Nothing is open."""
