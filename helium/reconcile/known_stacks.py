"""Which stacks exist, as a pass knows it between two listings: the last listing, with what it made and removed since.

It speaks for ten minutes, and only while every change since then ended well: after a failure nobody knows, without
looking, what is there.
"""

from __future__ import annotations

from dataclasses import replace

from helium.core.plan import Destroy, Outcome, Work
from helium.core.stack import Listing, Stack, StackId

LISTED_FOR = 600.0
"""Seconds for which a listing is believed."""


class KnownStacks:
    """The stacks of one pass. All times are seconds of the workers' clock."""

    def __init__(self) -> None:
        self._listing: Listing | None = None
        self._listed_at = 0.0
        self._made: set[StackId] = set()
        self._removed: set[StackId] = set()
        self._marked = False

    def listing(self, now: float) -> Listing | None:
        """What exists; `None` where the state has to be listed again."""
        if self._listing is None or now - self._listed_at > LISTED_FOR:
            return None
        known = {stack.id: stack for stack in self._listing.stacks if stack.id not in self._removed}
        known |= {stack: Stack(stack) for stack in self._made if stack not in known}
        stacks = tuple(known[id] for id in sorted(known))
        return replace(self._listing, stacks=stacks, marker=self._listing.marker or self._marked, note="")

    def listed(self, listing: Listing, *, at: float) -> None:
        """The state was listed. `at`: when that began."""
        self._listing, self._listed_at = listing, at
        self._made, self._removed = set(), set()
        self._marked = False

    def marked(self) -> None:
        """The marker is there: a pass makes it before its first stack."""
        self._marked = True

    def ended(self, change: Work, outcome: Outcome) -> None:
        """A change has ended."""
        if not outcome.ok:
            self._listing = None
        elif isinstance(change, Destroy):
            self._removed.add(change.stack)
            self._made.discard(change.stack)
        else:
            self._made.add(change.stack)
            self._removed.discard(change.stack)
