"""What workspaces cost: one that is there, and a plain one of each backend before anybody asks for it."""

from __future__ import annotations

from datetime import datetime

from helium.api.index import IndexRow
from helium.api.pages.layout import Dashboard
from helium.core.fleet import Fleet
from helium.core.record import Record
from helium.core.spending import Spending
from helium.errors import HeliumError


def plain_spendings(dashboard: Dashboard, fleet: Fleet) -> tuple[tuple[str, Spending], ...]:
    """By backend, the default one first, for the fleet's usual lifetime; without those that nobody knows. Blocks."""
    now = dashboard.parts.clock()
    try:
        estimates = dashboard.parts.estimates(now)
    except HeliumError:
        # The form is for those who ask; what is wrong with main is said elsewhere.
        return ()
    deadline, default = fleet.lifetimes.usual_end(now), fleet.defaults.backend
    named = sorted(estimates, key=lambda name: (name != default, name))
    found = ((name, Spending.of(estimates[name].amounts, fleet.rates, deadline=deadline, now=now)) for name in named)
    return tuple((name, spending) for name, spending in found if spending.takes)


def spending_of(row: IndexRow, *, deadline: datetime | None, now: datetime) -> Spending:
    """What a workspace takes and costs, as was estimated when it was created or updated."""
    taken = row.record.taken if isinstance(row.record, Record) else None
    return Spending.of(taken, row.fleet.rates, deadline=deadline, now=now)
