"""What happens to all workspaces, by one look at the list after the other. A server that is away ends nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import sleep

from helium.core.watched import WatchedName, WatchedNames, looked, news
from helium.errors import SourceError

EVERY = 3.0
"""Seconds between two looks."""


class ServerWatch:
    """The port `FleetWatch` at a server. `look`: what there is now."""

    def __init__(self, look: Callable[[], WatchedNames]) -> None:
        self._look = look
        self.trouble = ""
        self.names = look()

    def look_again(self) -> Sequence[WatchedName]:
        """Those with news since the last look."""
        sleep(EVERY)
        try:
            after = looked(self.names, self._look())
        except SourceError as error:
            self.trouble = str(error)
            return ()
        before, self.names, self.trouble = self.names, after, ""
        return news(before, after)

    def close(self) -> None:
        """Nothing is open."""
