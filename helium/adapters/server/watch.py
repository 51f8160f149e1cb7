"""What happens to workspaces, as a server tells it. A server that is away for a moment ends nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import sleep

from helium.core.watched import WatchedName, WatchedNames, looked, news
from helium.errors import SourceError

NEAR, FAR = 1.0, 3.0
"""Seconds between two looks: at one workspace, and at all."""


class ServerWatch:
    """The port `FleetWatch` at a server. `look`: what there is now; `every`: seconds between two looks."""

    def __init__(self, look: Callable[[], WatchedNames], *, every: float) -> None:
        self._look, self._every = look, every
        self.trouble = ""
        self.names = look()

    def look_again(self) -> Sequence[WatchedName]:
        """Those with news since the last look."""
        sleep(self._every)
        try:
            after = looked(self.names, self._look())
        except SourceError as error:
            self.trouble = str(error)
            return ()
        before, self.names, self.trouble = self.names, after, ""
        return news(before, after)

    def close(self) -> None:
        """Nothing is open."""
