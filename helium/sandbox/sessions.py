"""What each connection of an engine was configured with.

One process serves many stacks at once, each through connections of its own; a connection is known by its
peer's address. The oldest are forgotten when there are thousands.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Event, Lock

from helium.sandbox.clusters import setting
from helium.sandbox.errors import CloudError, Kind
from helium.sandbox.model import Properties
from helium.sandbox.resource_types import Setting

_MOST = 4096


@dataclass(slots=True)
class ProviderSession:
    """One connection: its configuration, and whether its engine wants to stop."""

    configuration: Properties | None = None
    stopped: Event = field(default_factory=Event)

    def setting(self, package: str) -> Setting:
        """What it is set to; CloudError if it never was."""
        if self.configuration is None:
            raise CloudError(
                Kind.PRECONDITION,
                "this connection was never configured; if the sandbox was restarted, run Pulumi again",
            )
        return setting(package, self.configuration)


class ProviderSessions:
    """All connections, by peer; safe among threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[str, ProviderSession] = OrderedDict()

    def of(self, peer: str) -> ProviderSession:
        """The session of a peer, begun if it is new."""
        with self._lock:
            session = self._known.setdefault(peer, ProviderSession())
            self._known.move_to_end(peer)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
            return session

    def configure(self, peer: str, configuration: Properties) -> None:
        """Begin a peer's session again; an address may come back for another connection."""
        with self._lock:
            self._known[peer] = ProviderSession(configuration)
