"""An edit of spec files by one person or one job: one commit on main, or one pull request where the fleet wants those.

The API's edits go through the commit queue instead, because many ask for them at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from helium.app import compose
from helium.app.host import required_host
from helium.app.open_fleet import OpenFleet
from helium.core.fleet import PULL_REQUEST
from helium.edits import Editing
from helium.ports.commit_queue import Request


@dataclass(frozen=True, slots=True)
class Submitted:
    """A commit of main; or one that a pull request, at this address, would bring there."""

    commit: str
    pull_request: str = ""

    @property
    def words(self) -> str:
        """Where it is, for the end of a sentence."""
        return f"pull request {self.pull_request}" if self.pull_request else f"commit {self.commit[:10]}"


def submit(
    fleet: OpenFleet, message: str, *, edit: Editing, by: str | None = None, requested: bool = True, standing: str = ""
) -> Submitted:
    """Write the edit to main, or open a pull request for it, in the name of `by`, or of the person whom git knows.

    `requested`: a person asked for it, so what it removes from main is noted in the ledger as requested. `standing`:
    the name of the one pull request that takes all such edits, and that Helium merges itself where the host lets it.
    `HeliumError` when the edit is refused, `HeadMovedError` after five lost races.
    """
    request = Request(secrets.token_hex(8), by or fleet.person(), message, edit)
    if fleet.fleet.write != PULL_REQUEST:
        noted = fleet.ledger if requested else None
        return Submitted(compose.single_writer(fleet.repo, notes_in=noted).submit(request))
    from helium.adapters.hosts.pull_request_writer import PullRequestWriter

    writer = PullRequestWriter(
        fleet.clone,
        view=compose.single_writer(fleet.repo, notes_in=None).view,
        host=lambda: required_host(fleet.clone, fleet.fleet, settings=fleet.settings),
    )
    commit, opened = writer.submit(request, standing=standing)
    return Submitted(commit, "" if standing and writer.merged(opened, commit) else opened.url)
