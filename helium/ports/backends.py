"""The programs that create workspaces: the folders under `stacks/`, and the built-in ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from helium.core.fleet import Fleet
from helium.core.observation import Recipe


class Backends(Protocol):
    """The folders under `stacks/` and the built-in ones, as a commit of main has them."""

    def recipes(self, fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        """What each backend would create a workspace with, by the backend's name. Asking again gives the same."""
