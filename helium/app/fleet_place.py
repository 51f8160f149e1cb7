"""Where a command works: on the clone in its folder, or at a server.

A clone goes before a server where somebody only signed in once, and what is said on the command line goes before all.
Nothing is changed while two places could be meant: somebody would delete in the wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helium.app.fleet_folder import root_of
from helium.core.fleet import SETTINGS
from helium.core.server_login import server_address
from helium.errors import SourceError, UsageError
from helium.settings import Settings

if TYPE_CHECKING:
    from helium.ports.fleet_access import FleetAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChoice:
    """What a person said on the command line, from which folder; each is empty where they did not.

    `writes`: the command will change something.
    """

    start: Path
    folder: Path | None = None
    server: str = ""
    local: bool = False
    writes: bool = False

    @property
    def in_clone(self) -> bool:
        """Whether there is a fleet's clone in this folder, or above it."""
        return (root_of(self.start) / SETTINGS).is_file()


def chosen_server(settings: Settings, choice: PlaceChoice) -> str:
    """The server's address; empty for the clone. `UsageError` where nobody can tell which is meant."""
    if choice.server and (choice.local or choice.folder):
        other = "--local means" if choice.local else f"-C {choice.folder} means"
        raise UsageError(f"--server names a server, and {other} a clone. Leave out one of them.")
    if choice.server:
        return server_address(choice.server)
    if choice.local or choice.folder:
        return ""
    if settings.server:
        address = server_address(settings.server)
        if choice.writes and choice.in_clone:
            raise UsageError(
                f"HELIUM_SERVER names {address}, and this folder is in a clone of a fleet. "
                f"Say where you mean: --server {address}, or --local for the clone."
            )
        return address
    return "" if choice.in_clone else _current(settings, choice)


def signed_in_at(settings: Settings) -> str:
    """The server where commands work outside of a clone; empty without one."""
    from helium.app.login_store import logins

    return logins(settings).current()


def without_clone(error: SourceError, settings: Settings, *, start: Path) -> SourceError:
    """Why a fleet could not be opened, to somebody who is signed in to a server and stands in no clone."""
    if PlaceChoice(start=start).in_clone or not (server := signed_in_at(settings)):
        return error
    return SourceError(f"{error} You are signed in to {server}, but this needs a clone of the fleet's repository.")


def _current(settings: Settings, choice: PlaceChoice) -> str:
    current = signed_in_at(settings)
    if not current and not (root_of(choice.start) / ".git").exists():
        raise UsageError(
            f"There is no clone of a fleet in {choice.start.absolute()} or above it, and you are not signed in to a "
            "server. Go into a clone, or sign in: helium login https://helium.example.com"
        )
    return current


def server_access(settings: Settings, address: str, *, named: bool) -> FleetAccess:
    """The fleet at a server, with what it takes from this person. `named`: not only the one signed in to last.

    `UsageError` that says how to sign in.
    """
    from helium.adapters.server.access import ServerAccess
    from helium.adapters.server.transport import ServerTransport

    newest = token_of(settings, address, named=named)
    return ServerAccess(ServerTransport(address, newest(), settings.environ, newest=newest))


def token_of(settings: Settings, address: str, *, named: bool) -> Callable[[], str]:
    """HELIUM_TOKEN belongs to the server that HELIUM_SERVER names, else to the one on the command line."""
    is_for = not settings.server or server_address(settings.server) == address
    if (given := settings.token) and named and is_for:
        if not given.isascii() or not given.isprintable():
            raise UsageError("HELIUM_TOKEN is not a token: it has characters that no token has.")
        return lambda: given
    from helium.app.login import token_for

    return token_for(settings, server=address)
