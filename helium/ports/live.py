"""What is going on, for people: written by a pass while it works, read by whoever looks.

It is not the ledger: nothing is decided by it, it may be lost, and only the newest is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from helium.core.fleet_record import Lease
from helium.core.live import Live, LiveStack


class LiveStatus(Protocol):
    """The newest word of a pass about what it is doing. No method raises: what cannot be shown stops nothing."""

    def read(self) -> Live | None:
        """What was written last, fetched where there is a remote; `None` where nothing can be read.

        The ledger's lease says whether it still holds: see `Live.shown`.
        """

    def as_part(self, number: int) -> None:
        """From now on this is what one of several machines is at, which share a lease: each shows its own."""

    def show(self, stacks: Sequence[LiveStack], *, now: datetime) -> None:
        """These are at work now. Returns at once; others see it a little later where it has to be pushed."""

    def under(self, lease: Lease | None) -> None:
        """The ledger was written with this lease. Without one nothing is shown: whatever was at work has ended."""

    def trouble(self) -> str:
        """Why others cannot see it, in a sentence: once, and then nothing."""

    def close(self) -> None:
        """The pass is over: others see what was shown last before this returns, if they can see it at all."""
