"""Merges what is routine: exactly the head that was judged, into exactly the main that it was judged beside.

The person's share is written into the ledger before, so that two judges cannot both give away the last place; it is
taken back if nothing was merged. It refuses to merge while anything is unknown.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from helium.app.open_fleet import OpenFleet
from helium.app.routine import RoutineVerdict
from helium.app.run import clock
from helium.core.fleet_record import FleetRecord
from helium.core.host_errors import HostAwayError
from helium.core.pull_request import PullRequest, PullRequestState
from helium.core.routine import amounts_by, people_needed
from helium.core.shares import RoutineShare, before, still_counted, used_by
from helium.errors import SourceError
from helium.ports.host import Host
from helium.ports.ledger import Writes

LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a routine pull request: the commit of main that it is now, or why it waits."""

    commit: str = ""
    why: str = ""


def merge_routine(fleet: OpenFleet, host: Host, *, verdict: RoutineVerdict) -> Settled:
    """Merge it, or say why not now. `SourceError` where the ledger is away, and nothing was merged then."""
    if not verdict.routine:
        return Settled(why="it is not routine")
    id = secrets.token_hex(8)
    reserved = _reserve(fleet, verdict, id=id)
    if reserved:
        return Settled(why=reserved)
    settled, in_doubt = _merged(fleet, host, verdict=verdict)
    # What may be merged all the same keeps its share, for a day.
    if not settled.commit and not in_doubt:
        _release(fleet, id)
    return settled


def _merged(fleet: OpenFleet, host: Host, *, verdict: RoutineVerdict) -> tuple[Settled, bool]:
    """What became of it, and whether that is in doubt."""
    pull, asked = verdict.pull_request, False
    try:
        if moved := _moved(fleet, host, verdict=verdict):
            return Settled(why=moved), False
        asked = True
        return Settled(host.merge(pull.number, head=pull.head_commit, message=_message(pull))), False
    except SourceError as error:
        return Settled(why=str(error)), asked and isinstance(error, HostAwayError)


def _message(pull: PullRequest) -> str:
    title = " ".join(pull.title.split())[:LONGEST_TITLE]
    return f"Merge pull request {pull.number}: {title}\n\nHelium merged it as routine."


def _moved(fleet: OpenFleet, host: Host, *, verdict: RoutineVerdict) -> str:
    """Why what was judged is not what would be merged; empty if it is."""
    fleet.repo.fetch()
    if fleet.repo.head() != verdict.main:
        return "Main has moved since it was judged, so it is judged again next time."
    judged, now = verdict.pull_request, host.pull_request(verdict.pull_request.number)
    same = (judged.head_commit, judged.base, judged.author, PullRequestState.OPEN)
    if same != (now.head_commit, now.base, now.author, now.state):
        return "It has changed since it was judged, so it is judged again next time."
    return ""


def _reserve(fleet: OpenFleet, verdict: RoutineVerdict, *, id: str) -> str:
    """Write the share of each person; why there is none left, or empty."""
    now, pull = clock(), verdict.pull_request
    wanted = amounts_by(verdict.touched).items()
    mine = tuple(RoutineShare(id, by, pull.number, pull.head_commit, now, amounts) for by, amounts in wanted)
    snapshot = fleet.ledger.read()
    known = snapshot.fleet_record
    if known is None:
        return "The ledger is not there yet; the first pass makes it."
    noted = replace(known, shares=(*still_counted(known.shares, now=now), *mine))
    writes = Writes(fleet_record=noted, message=f"Reserve what pull request {pull.number} changes")
    after, _ = fleet.ledger.write(writes, on=snapshot)
    shares = after.fleet_record.shares if after.fleet_record else ()
    if not set(mine) <= set(shares):
        return "Its share could not be written into the ledger."
    # Whoever wrote first has the place: only what stands before ours counts.
    used = used_by(before(shares, id), now=now, besides=pull.number)
    needed = people_needed(verdict.touched, fleet=verdict.fleet, used=used)
    if needed:
        _release(fleet, id)
    return " ".join(f"{each}." for each in needed)


def _release(fleet: OpenFleet, id: str) -> None:
    snapshot = fleet.ledger.read()
    known = snapshot.fleet_record
    if known is not None:
        left = _without(known, id)
        fleet.ledger.write(Writes(fleet_record=left, message="Give back what was reserved"), on=snapshot)


def _without(known: FleetRecord, id: str) -> FleetRecord:
    return replace(known, shares=tuple(share for share in known.shares if share.id != id))
