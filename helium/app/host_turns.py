"""Routine and `/extend` in a process that stays: every minute, cheap where nothing has changed, and never in its way.

It refuses to fail whoever calls it: a host that is away is one sentence in the log, and the next look is later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from helium.app.advance import turn
from helium.app.change_requests import RequestsOfFleet
from helium.app.host import find_host
from helium.app.open_fleet import OpenFleet
from helium.app.own_requests import finish, requests_of
from helium.app.run import clock
from helium.core.fleet import PULL_REQUEST
from helium.core.host_errors import HostAwayError
from helium.core.host_place import NoHost
from helium.core.pull_request import PullRequest
from helium.errors import HeliumError
from helium.ports.host import Host

LOG = logging.getLogger(__name__)
EVERY = 60.0
"""Seconds between two turns."""
AFTER_FAILURE = 300.0
AGAIN = 300.0
"""Seconds after which a pull request is judged again although neither it nor main has moved: a check may be green."""
WITHIN = 10.0
"""Seconds that one call may take with its repetitions."""
_OVERLAP = timedelta(hours=1)
"""How far the host's clock may be from ours."""


def _found(fleet: OpenFleet) -> Host | NoHost:
    return find_host(fleet.clone, fleet.fleet, settings=fleet.settings, within=WITHIN)


def _asked_to_wait(error: HeliumError) -> float:
    """For how many seconds the host wants to be left alone."""
    at = error.retry_at if isinstance(error, HostAwayError) else None
    return (at - clock()).total_seconds() if at is not None else 0.0


@dataclass(slots=True)
class HostTurns:
    """The turns of one process, and what it need not look at again."""

    every: float = EVERY
    find: Callable[[OpenFleet], Host | NoHost] = _found
    _next: float = 0.0
    _since: datetime | None = None
    _judged: dict[int, tuple[str, str, float]] = field(default_factory=dict)
    _said: str = ""
    _own: tuple[OpenFleet, RequestsOfFleet] | None = None

    def go(self, fleet: OpenFleet) -> None:
        """A turn, if one is due and the fleet wants any."""
        settings = fleet.fleet
        if monotonic() < self._next or not (settings.routine or settings.people or settings.write == PULL_REQUEST):
            return
        self._next = monotonic() + self.every
        try:
            host = self.find(fleet)
            if isinstance(host, NoHost):
                self._say_once(host.why)
                return
            self._turn(fleet, host)
        except HeliumError as error:
            self._next = monotonic() + max(AFTER_FAILURE, _asked_to_wait(error))
            self._say_once(str(error))

    def _turn(self, fleet: OpenFleet, host: Host) -> None:
        began = clock()
        try:
            for found in finish(self._requests(fleet, host)):
                LOG.info("%s", found.sentence)
            since = self._since and self._since - _OVERLAP
            for found in turn(fleet, host, since=since, skip=lambda pull: self._is_known(fleet, pull)):
                LOG.info("%s", found.sentence)
            self._since = began
        finally:
            host.close_connections()
        self._said = ""

    def _requests(self, fleet: OpenFleet, host: Host) -> RequestsOfFleet:
        """What is remembered of Helium's own pull requests, for as long as the fleet is open, with the host of now."""
        if self._own is None or self._own[0] is not fleet:
            self._own = (fleet, requests_of(fleet))
        self._own[1].use(host)
        return self._own[1]

    def _is_known(self, fleet: OpenFleet, pull: PullRequest) -> bool:
        """Whether exactly this was judged a moment ago; else it is from now on."""
        seen = (pull.head_commit, fleet.repo.head())
        known = self._judged.get(pull.number)
        if known is not None and known[:2] == seen and monotonic() < known[2]:
            return True
        self._judged[pull.number] = (*seen, monotonic() + AGAIN)
        return False

    def _say_once(self, sentence: str) -> None:
        if sentence != self._said:
            LOG.warning("nothing is merged or extended for the git host: %s", sentence)
        self._said = sentence
