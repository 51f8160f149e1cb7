"""The fake of the port `Reviews`: the merged pull requests that a test names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.host_errors import HostAwayError
from helium.core.reviews import FollowedPullRequest, MergedPullRequest
from helium.core.spec import Removal
from helium.ports.host import Host


@dataclass(slots=True)
class FakeReviews:
    """`merged`: what its host knows; `away`: it does not answer. `asked`: the names that it was asked about."""

    merged: list[MergedPullRequest] = field(default_factory=list)
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def of(self, removals: Sequence[Removal]) -> tuple[MergedPullRequest, ...]:
        """Those that made one of the commits."""
        self.asked += [removal.name for removal in removals]
        if self.away:
            raise HostAwayError("The host does not answer.")
        commits = {removal.commit for removal in removals}
        return tuple(each for each in self.merged if each.commits & commits)

    @property
    def host(self) -> Host:
        """None: whoever comments is tried at a real one."""
        raise HostAwayError("The host does not answer.")

    def that_made(self, commits: Collection[str], *, since: datetime | None = None) -> tuple[FollowedPullRequest, ...]:
        """Those that one of these commits came with."""
        made = (each for each in self.merged if each.commits & set(commits))
        return tuple(FollowedPullRequest(each.number, each.shows) for each in made)
