"""How often a pass pushes the ledger: the pace that the remote asks for, counted from what was pushed.

A few pushes after a quiet time wait for nothing, so a pass that is alone with one change is as quick as ever. It
forbids nothing: what must be known before the engine starts is pushed whatever the pace, by whoever decided that it
starts now. A remote of your own asks for no pace, and then nothing here waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

AT_ONCE = 3
"""Pushes that follow each other without a wait after a quiet time: a beginning, a proof and an end."""


@dataclass(slots=True)
class PushPace:
    """`rest`: seconds that the remote asks for between two pushes. `_owed`: when all pushes so far are rested for."""

    rest: float
    _owed: datetime | None = None

    def pushed(self, now: datetime) -> None:
        """There was a push."""
        if self.rest:
            self._owed = max(self._owed or now, now) + timedelta(seconds=self.rest)

    def allows(self, now: datetime) -> bool:
        """Whether the next push need not wait."""
        if self._owed is None:
            return True
        # A clock that was put back must not make a pass wait for hours.
        ahead = min((self._owed - now).total_seconds(), AT_ONCE * self.rest)
        self._owed = now + timedelta(seconds=ahead)
        return ahead <= (AT_ONCE - 1) * self.rest
