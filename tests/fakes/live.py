"""What is going on, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from helium.core.fleet_record import Lease
from helium.core.live import Live, LiveStack


class FakeLive:
    """The newest word of a pass, in memory: seen at once."""

    def __init__(self) -> None:
        self.live: Live | None = None
        self._lease: Lease | None = None

    def read(self) -> Live | None:
        """What was shown last, under a lease."""
        return self.live

    def as_part(self, number: int) -> None:
        """In memory there is one machine."""

    def show(self, stacks: Sequence[LiveStack], *, now: datetime) -> None:
        """Nothing without a lease."""
        if self._lease is not None:
            self.live = Live.under(self._lease, stacks, now=now)

    def under(self, lease: Lease | None) -> None:
        """The end of a lease ends all that was shown under it."""
        self._lease = lease
        if lease is None:
            self.live = None

    def trouble(self) -> str:
        """Everybody sees it."""
        return ""

    def close(self) -> None:
        """There is nothing to wait for."""
