"""Usage for those who ask the API: read from the ledger once for each state of it, and shown to each as far as it may.

An admin sees all. Everybody else sees what their own workspaces took, and those of the teams that they manage.
"""

from __future__ import annotations

import threading
from datetime import datetime

from helium.api.auth import Caller
from helium.api.index import Index
from helium.api.parts import ApiParts
from helium.api.tokens import Scope
from helium.core.usage import Lifetimes, Span
from helium.core.usage_report import MonthUsage, UsageReport, month_usage
from helium.core.usage_sums import KEYS, Month
from helium.errors import Issue, SpecError
from helium.reconcile.ledger_usage import lived_in


class UsageView:
    """One for the process: many may look, and the log may be long."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._newest: tuple[str | None, Lifetimes] | None = None

    def lived(self, index: Index) -> Lifetimes:
        """What lived when, by the ledger that the index knows. Blocks."""
        with self._lock:
            newest = self._newest
            if newest is None or newest[0] != index.snapshot.head:
                newest = self._newest = index.snapshot.head, lived_in(self._parts.ledger, index.snapshot)
            return newest[1]

    def report(self, index: Index, caller: Caller, *, month: Month, by: str, now: datetime) -> MonthUsage:
        """A month's usage, as far as the caller may see it. Blocks."""
        managed, own = index.fleet.managed_by(caller.owner), caller.owner.lower()
        sees_all = caller.token.may(Scope.ADMIN)

        def counts(span: Span) -> bool:
            return sees_all or span.owner.lower() == own or span.team in managed

        lived = self.lived(index)
        if not sees_all:
            # Doubts name workspaces, and may be about others'.
            lived = Lifetimes(lived.spans)
        report = UsageReport.of(lived, month, by=by, now=now, rates=index.fleet.rates, counts=counts)
        return month_usage(report)


def asked_month(text: str | None, *, now: datetime) -> Month:
    """The month that a query names, or this one; `SpecError` for what is none."""
    if not text:
        return Month.of(now)
    try:
        return Month.parse(text)
    except ValueError as error:
        raise SpecError((Issue("", 1, 1, "/month", str(error)),)) from None


def asked_key(text: str | None) -> str:
    """By what a query wants it summed; `SpecError` for what cannot be."""
    if not text:
        return "owner"
    if text not in KEYS:
        raise SpecError((Issue("", 1, 1, "/by", f"by is one of {', '.join(KEYS)}"),))
    return text
