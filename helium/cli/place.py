"""Where a command works: on the clone in this folder, or at a server. Whoever changes something is told which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helium.errors import UsageError

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet
    from helium.core.plan import Plan
    from helium.ports.fleet_access import FleetAccess
    from helium.settings import Settings


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """Where a person said on the command line that it is to work; each is empty where they did not."""

    folder: Path | None = None
    server: str = ""
    local: bool = False

    def with_more(self, folder: Path | None, *, server: str | None = None, local: bool = False) -> NamedPlace:
        """With what was said behind the command's name, which goes before what was said in front of it."""
        return NamedPlace(folder or self.folder, server or self.server, local or self.local)


@dataclass(frozen=True, slots=True)
class CommandPlace:
    """The folder in which a command was given, what was named, and how a clone is opened."""

    start: Path
    settings: Settings
    named: NamedPlace
    open: Callable[[], OpenFleet]

    def access(self, *, writes: bool) -> FleetAccess:
        """The fleet, opened. `writes`: the command will change something there."""
        from helium.app.fleet_place import PlaceChoice, chosen_server, server_access

        named = self.named
        choice = PlaceChoice(
            start=self.start, folder=named.folder, server=named.server, local=named.local, writes=writes
        )
        server = chosen_server(self.settings, choice)
        if not server:
            return self._clone(says=writes and not (named.folder or named.local))
        access = server_access(self.settings, server, named=bool(named.server or self.settings.server))
        if writes:
            _say(f"at {access.server}, fleet {access.label.name}")
        return access

    def _clone(self, *, says: bool) -> FleetAccess:
        from helium.app.clone_access import CloneAccess
        from helium.app.fleet_place import signed_in_at

        if says and (other := signed_in_at(self.settings)):
            _say(f"on the clone in this folder; you are also signed in to {other} (--server {other})")
        return CloneAccess(self.open(), _planned_with_state)


def _planned_with_state(fleet: OpenFleet) -> Plan:
    # Here, because this imports the engine, which most questions do not need.
    from helium.cli.run_pass import planned_with_state

    return planned_with_state(fleet)


def _say(text: str) -> None:
    from helium.cli import tables

    tables.say(text)


def needs_a_clone(command: str) -> UsageError:
    """What to do about a command that cannot work at a server; `command`: with the program's name before it."""
    return UsageError(
        f"`helium {command.partition(' ')[2]}` needs a clone of the fleet's repository, and cannot work at a server. "
        "Run it in a clone, without --server."
    )
