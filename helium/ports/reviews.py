"""What a git host knows of the pull requests that main's commits came from: a pass asks where files are gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from helium.core.reviews import FollowedPullRequest, MergedPullRequest
from helium.core.spec import Removal
from helium.ports.host import Host


class Reviews(Protocol):
    """The merged pull requests of main."""

    @property
    def host(self) -> Host:
        """The host itself; `SourceError` where there is no token for it."""

    def that_made(self, commits: Collection[str], *, since: datetime) -> tuple[FollowedPullRequest, ...]:
        """Those that one of these commits of main came with, none of which is older than `since`. Errors as below.

        One list of the host's: who asked and who approved is not asked for.
        """

    def of(self, removals: Sequence[Removal]) -> tuple[MergedPullRequest, ...]:
        """Those that one of these removals came with; a direct push came with none. `SourceError` if none can say."""
