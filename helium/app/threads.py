"""The pull request or issue that asked for a workspace: where its people read, and are told.

By the commits of its file, as the comment that goes on is found. What Helium's own account opened for an issue leads to
that issue, since whoever asked follows that one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from helium.adapters.hosts.pull_request_writer import PREFIX
from helium.app.host import reviews_of
from helium.app.open_fleet import OpenFleet
from helium.core.message import Message
from helium.ports.host import Host

_DAY = timedelta(days=1)
_COMMITS = 3
"""Of how many of a file's last commits pull requests are asked for."""


@dataclass(frozen=True, slots=True)
class ThreadFinder:
    """Finds it, for one fleet."""

    fleet: OpenFleet

    def number(self, host: Host, message: Message) -> int | None:
        """The number of the pull request or issue; `None` where the file came by a push, or is of nobody."""
        if not message.name or message.added_at is None:
            return None
        fleet = self.fleet
        reviews = reviews_of(fleet.clone, fleet.fleet, settings=fleet.settings, asked=lambda _: {})
        if reviews is None:
            return None
        repo = fleet.repo
        since = message.added_at - _DAY
        touched = repo.recent(repo.head(), newer=since).get(message.name, ())[:_COMMITS]
        if not touched:
            return None
        commits = {each.id: each.time for each in touched}
        found = reviews.that_made(commits, since=min(commits.values()))
        numbers = [each.number for each in found if message.name in each.touches]
        return self._asked_in(host, numbers[-1]) if numbers else None

    def _asked_in(self, host: Host, number: int) -> int:
        pull = host.pull_request(number)
        issue = re.fullmatch(rf"{re.escape(PREFIX)}issue-([0-9]{{1,9}})", pull.head)
        own = pull.author in (host.account(), *host.place.job_accounts)
        return int(issue[1]) if issue and own else number
