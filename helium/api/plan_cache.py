"""The next pass's plan, kept for ten seconds, and what it says of a name that a safeguard holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from helium.api.index import Index
from helium.api.parts import ApiParts
from helium.core.order_kinds import whole
from helium.core.plan import Plan
from helium.core.reasons import REASONS
from helium.errors import HeliumError

FORESEEN = timedelta(seconds=10)


class PlanCache:
    """Keeps the newest plan for ten seconds: planning a large fleet takes a second or more, and many may look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: tuple[Index, datetime, Plan] | None = None

    def of(self, index: Index, now: datetime, *, foresee: Callable[[datetime], Plan]) -> Plan:
        """The plan for this index, at most ten seconds old. Blocks, and raises what `foresee` raises."""
        with self._lock:
            newest = self._newest
            if newest is None or newest[0] is not index or not timedelta(0) <= now - newest[1] < FORESEEN:
                newest = self._newest = index, now, foresee(now)
            return newest[2]

    def release(self, name: str, index: Index, *, parts: ApiParts) -> str:
        """What lets a held change go: the exact command, or what to do where no command overrides the safeguard.

        Empty where this server cannot plan, or where the next pass no longer holds it. Blocks.
        """
        if parts.foresee is None:
            return ""
        try:
            plan = self.of(index, parts.clock(), foresee=parts.foresee)
        except HeliumError:
            return ""
        held = next((refusal for refusal in plan.refusals if name in refusal.names), None)
        if held is None:
            return ""
        return f"`{whole(held.override)}`" if held.override else REASONS[held.code].what_to_do
