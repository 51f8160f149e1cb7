"""A fleet as it lies in the working tree, committed or not: its folder, its backends, and its settings.

Outside of every fleet there are the backends that are installed, and the settings of a fleet that says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helium.adapters.backends import BackendSet, find
from helium.app import compose
from helium.app.fleet_folder import root_of
from helium.core.fleet import SETTINGS, Fleet
from helium.settings import Settings


@dataclass(frozen=True, slots=True)
class CheckedOutFleet:
    """What lies there. `folder`: nothing outside of every fleet."""

    folder: Path | None
    backends: BackendSet
    fleet: Fleet

    def place_of(self, backend: str) -> Path:
        """The folder of a known backend: for one of the fleet's own the one where people write, with its check.json."""
        own = self.folder / find.STACKS / backend if self.folder else None
        return own if own and find.files_of(own) else self.backends.folders[backend]


def folder_of(start: Path) -> Path | None:
    """The fleet's folder; nothing outside of every fleet."""
    folder = root_of(start)
    return folder if (folder / SETTINGS).is_file() or (folder / find.STACKS).is_dir() else None


def checked_out(start: Path, settings: Settings) -> CheckedOutFleet:
    """The fleet of this folder; `SpecError` where its settings have errors."""
    folder = folder_of(start)
    backends = compose.backends_in(find.lying(folder) if folder else {}, settings)
    if folder is None or not (folder / SETTINGS).is_file():
        return CheckedOutFleet(folder, backends, Fleet("check"))
    fleet = compose.specs_by(backends, settings).fleet((folder / SETTINGS).read_bytes())
    return CheckedOutFleet(folder, backends, fleet)
