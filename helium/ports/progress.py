"""What a person, or a log, sees while work goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from helium.core.live import LiveStack
from helium.core.plan import Change, Outcome


class Progress(Protocol):
    """What a person, or a log, sees while work goes on. Several threads may call."""

    def planned(self, changes: Sequence[Change]) -> None:
        """The work that is about to start."""

    def started(self, change: Change) -> None:
        """The engine starts on this change."""

    def doing(self, stack: LiveStack) -> None:
        """What it is at now, for one that was started and has not finished."""

    def finished(self, change: Change, outcome: Outcome) -> None:
        """How it ended."""

    def note(self, sentence: str) -> None:
        """Something worth a line: waiting for a lease, resolving what a killed run left."""
