"""What a git host knows of the pull requests that main's commits came from: a pass asks where files are gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from helium.core.reviews import MergedPullRequest
from helium.core.spec import Removal


class Reviews(Protocol):
    """The merged pull requests of main."""

    def of(self, removals: Sequence[Removal]) -> tuple[MergedPullRequest, ...]:
        """Those that one of these removals came with; a direct push came with none. `SourceError` if none can say."""
