"""What workspaces took in a month, by the ledger's log as it was fetched last."""

from __future__ import annotations

from datetime import datetime

from helium.app.open_fleet import OpenFleet
from helium.core.usage_report import MonthUsage, UsageReport, month_usage
from helium.core.usage_sums import Month
from helium.reconcile.ledger_usage import lived_in


def usage(fleet: OpenFleet, month: Month, *, by: str, now: datetime) -> MonthUsage:
    """The whole fleet's, up to now."""
    lived = lived_in(fleet.ledger, fleet.ledger.read())
    return month_usage(UsageReport.of(lived, month, by=by, now=now, rates=fleet.fleet.rates))
