"""What makes workspaces: the folders under `stacks/`, and the built-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from helium.core.fleet import Fleet
from helium.core.observation import Recipe


class Backends(Protocol):
    """The folders under `stacks/` and the built-ins, as the pass's commit has them."""

    def recipes(self, fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        """What each backend would make a workspace with today, by the backend's name."""
