"""The pull requests that Helium opened for people, to their end: followed, judged, and merged where that is routine.

For whoever holds the host's key: the server that opened them, a control plane, a job of CI.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from helium.app.advance import Advanced, advance
from helium.app.change_requests import RequestsOfFleet
from helium.app.open_fleet import OpenFleet
from helium.core.change_request import SharedPullRequest, SharedState
from helium.core.host_errors import PullRequestTakenError
from helium.core.pull_request import PullRequest
from helium.ports.ledger import Snapshot, Writes


def requests_of(fleet: OpenFleet) -> RequestsOfFleet:
    """Those of a fleet that is open, for one process as long as it is open."""
    return RequestsOfFleet(
        fleet.clone, fleet.repo, fleet.ledger, fleet.specs, fleet.settings, fleet.repo.head, lambda: fleet
    )


def finish(requests: RequestsOfFleet) -> Iterator[Advanced]:
    """One turn: what became of each, then what is routine is merged. `HostAwayError` where the host does not answer."""
    # A server asks every few seconds, and most fleets have none.
    if not requests.ledger.read().pull_requests:
        return
    own, merged, fleet = _open_ones(requests.following.follow()), False, requests.opened()
    main = fleet.repo.head()
    due = {number: each for number, each in own.items() if requests.tries.is_due(each, main=main)}
    if not due:
        return
    for found in advance(fleet, requests.host, bound=fleet.askers, skip=lambda pull: not _is_as_noted(pull, due)):
        merged = merged or bool(found.commit)
        requests.tries.tried(due[found.number], main=main)
        _note(fleet, own[found.number], found=found)
        yield found
    if merged:
        requests.following.follow()


def _open_ones(snapshot: Snapshot) -> dict[int, SharedPullRequest]:
    known = snapshot.pull_requests.values()
    return {each.number: each for each in known if each.number and each.state is SharedState.OPEN}


def _is_as_noted(pull: PullRequest, own: dict[int, SharedPullRequest]) -> bool:
    shared = own.get(pull.number)
    return shared is not None and shared.head == pull.head_commit


def _note(fleet: OpenFleet, shared: SharedPullRequest, *, found: Advanced) -> None:
    """What it waits for, for its requesters; nothing where the ledger says so already."""
    if found.commit:
        return
    snapshot = fleet.ledger.read()
    known = snapshot.pull_requests.get(shared.id)
    if known is None or known.head != shared.head:
        return
    after = replace(known, why=found.why or found.sentence, merging=found.merging)
    if after != known:
        message = f"Note what pull request {shared.number} waits for"
        with suppress(PullRequestTakenError):
            fleet.ledger.write(Writes(pull_requests={shared.id: after}, message=message), on=snapshot)
