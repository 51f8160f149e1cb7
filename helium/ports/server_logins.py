"""The servers where a person signed in from the command line, one of which is current."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from helium.core.server_login import ServerLogin


class ServerLogins(Protocol):
    """What one person has on one machine. Several processes may write at the same time."""

    def all(self) -> tuple[ServerLogin, ...]:
        """Every one, by its server. What opens something may be left out, so nobody is asked for it."""

    def of(self, server: str) -> ServerLogin | None:
        """A server's, whole. `UsageError` where the system does not give out what opens it."""

    def current(self) -> str:
        """The server that is meant where none is named; empty where there is none."""

    def keep(self, login: ServerLogin, *, current: bool = True) -> None:
        """Keep it in the place of one that the same server had. `current`: make it the current one."""

    def use(self, server: str) -> None:
        """Make a server the current one. Nothing happens if it is not among them."""

    def turn(self, server: str) -> AbstractContextManager[None]:
        """One process at a time gets another token for a server: an issuer may take what renews it only once."""

    def drop(self, server: str) -> bool:
        """Forget a server's, and whether there was one. The current one is then the only other, or none."""
