"""What workspaces will take: estimates by the backends' own programs, or by `helium.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from helium.core.estimates import Estimate
from helium.core.observation import Recipe
from helium.core.workspace import Workspace


class Estimator(Protocol):
    """Never raises, and never takes longer than it may: what cannot be had is unknown, with the reason."""

    def estimates(self, workspaces: Sequence[Workspace], *, recipes: Mapping[str, Recipe]) -> Mapping[str, Estimate]:
        """What each of them takes, by its name."""
