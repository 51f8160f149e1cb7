"""What one person sees of a fleet and asks of it, wherever it is: in a clone of its repository, or at a server.

Each command that works both ways calls this port alone, so its words, tables, JSON and exit codes are the same.
`NotFoundError` of a name that nobody knows; `SourceError` of git, of a host, or of a server that does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from helium.core.digest import Json
from helium.core.fleet_view import (
    ChangeFacts,
    FleetLabel,
    HistoryEvent,
    ListedFleet,
    UntoldPeople,
    WorkspaceDetails,
    WrittenRequest,
)
from helium.core.watched import WatchedName, WatchedNames

if TYPE_CHECKING:
    from helium.core.usage_report import MonthUsage
    from helium.core.usage_sums import Month


class FleetWatch(Protocol):
    """Looks again and again. A place that is away for a moment ends nothing: the last look holds until it is back."""

    @property
    def names(self) -> WatchedNames:
        """What is known by now."""

    @property
    def trouble(self) -> str:
        """Why the last look failed, in a sentence; empty while looks succeed."""

    def look_again(self) -> Sequence[WatchedName]:
        """Wait until it is time for the next look, or until something happens. Those with news; what has gone too."""

    def close(self) -> None:
        """Look no more."""


class FleetAccess(Protocol):
    """One fleet, as one person may see and change it."""

    @property
    def label(self) -> FleetLabel:
        """Which fleet it is."""

    @property
    def server(self) -> str:
        """The server's address; empty for a clone."""

    def me(self) -> str:
        """The mail of whoever asks, to whom what they ask for belongs."""

    def names(self) -> Sequence[str]:
        """Every workspace, for a guess which one was meant. Quick, and empty where that cannot be told."""

    def listed(self, now: datetime) -> ListedFleet:
        """All workspaces."""

    def untold(self) -> UntoldPeople:
        """What waits to be told, and which channels take nothing."""

    def details(self, name: str, *, now: datetime) -> WorkspaceDetails:
        """One workspace."""

    def diagnostics(self, name: str, *, now: datetime) -> tuple[str, str]:
        """What Pulumi said when it failed (empty where nothing is kept), and the workspace's status."""

    def explained(self, name: str, *, state: bool, now: datetime) -> ChangeFacts:
        """What the next pass would do with it. `state`: after a look at Pulumi's state."""

    def history(self, name: str) -> Sequence[HistoryEvent]:
        """All that happened under a name, oldest first; nothing for a name that never was."""

    def usage(self, month: Month, *, by: str, now: datetime) -> MonthUsage:
        """What workspaces took in a month, as far as this person may see it."""

    def watch(self, name: str | None, *, now: datetime) -> FleetWatch:
        """The first look: at one workspace, or at all."""

    def create(self, name: str, fields: Mapping[str, Json], *, owner: str) -> WrittenRequest:
        """Ask for a workspace. `owner`: somebody else than whoever asks; empty for them."""

    def extend(self, name: str, expiry: str) -> WrittenRequest:
        """Move its deadline."""

    def give(self, name: str, to: str) -> WrittenRequest:
        """Let it belong to somebody else, by their mail."""

    def remove(self, name: str, *, blob: str = "") -> WrittenRequest:
        """Take its file away. `blob`: only if it is still this one."""

    def restore(self, name: str, *, empty: bool = False) -> WrittenRequest:
        """Put its file back. `empty`: it was destroyed, and its spec makes a new one."""

    def retry(self, name: str) -> bool:
        """Let the next round try again what failed. False where it does so anyway."""
