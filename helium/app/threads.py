"""The pull request or issue that asked for a workspace: where its people read, and are told.

By the commits of its file, as the comment that goes on is found. What Helium's own account opened for an issue leads to
that issue, since whoever asked follows that one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helium.adapters.hosts.pull_request_writer import PREFIX
from helium.app.host import reviews_of
from helium.app.open_fleet import OpenFleet
from helium.core.message import Message
from helium.core.reviews import FollowedPullRequest
from helium.ports.host import Host
from helium.ports.repo import Commit

_DAY = timedelta(days=1)
_COMMITS = 3
"""Of how many of a file's last commits pull requests are asked for."""


@dataclass(frozen=True, slots=True)
class ThreadFinder:
    """Finds it, for one fleet and one turn: what came with the same commits is asked for once."""

    fleet: OpenFleet
    _recent: dict[datetime, Mapping[str, Sequence[Commit]]] = field(default_factory=dict, init=False)
    _found: dict[frozenset[str], tuple[FollowedPullRequest, ...]] = field(default_factory=dict, init=False)
    _threads: dict[int, int] = field(default_factory=dict, init=False)

    def number(self, host: Host, message: Message) -> int | None:
        """The number of the pull request or issue; `None` where the file came by a push, or is of nobody."""
        if not message.name or message.added_at is None:
            return None
        repo, since = self.fleet.repo, message.added_at - _DAY
        if since not in self._recent:
            self._recent[since] = repo.recent(repo.head(), newer=since)
        touched = self._recent[since].get(message.name, ())[:_COMMITS]
        found = self._that_made({each.id: each.time for each in touched}) if touched else ()
        numbers = [each.number for each in found if message.name in each.touches]
        return self._asked_in(host, numbers[-1]) if numbers else None

    def _that_made(self, commits: Mapping[str, datetime]) -> Sequence[FollowedPullRequest]:
        key, fleet = frozenset(commits), self.fleet
        if key not in self._found:
            reviews = reviews_of(fleet.clone, fleet.fleet, settings=fleet.settings, asked=lambda _: {})
            self._found[key] = reviews.that_made(commits, since=min(commits.values())) if reviews else ()
        return self._found[key]

    def _asked_in(self, host: Host, number: int) -> int:
        if number not in self._threads:
            pull = host.pull_request(number)
            issue = re.fullmatch(rf"{re.escape(PREFIX)}issue-([0-9]{{1,9}})", pull.head)
            own = pull.author in (host.account(), *host.place.job_accounts)
            self._threads[number] = int(issue[1]) if issue and own else number
        return self._threads[number]
