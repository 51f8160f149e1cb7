"""One turn over the open pull requests: merges what is routine, and says on the others who must look and why.

For a job of CI, a person, or the control plane. It is bounded in calls and time, and a pull request that cannot be
judged now stops no other one. It refuses to run where `helium.yaml` on main has no `routine`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from helium.app.extend_comments import obey
from helium.app.open_fleet import OpenFleet
from helium.app.routine import Askers, RoutineVerdict, judge
from helium.app.routine_merge import Settled, merge_routine
from helium.core.host_errors import HostAwayError
from helium.core.pull_request import PLAN_COMMENT, Permission, PullRequest, marker, own_comments
from helium.core.routine import PersonNeeded, merger
from helium.core.shares import RoutineShare
from helium.errors import NotPlannedError, SourceError, SpecError
from helium.ports.host import Host
from helium.reconcile.routine_comment import routine_lines, with_routine

MOST = 30
"""Pull requests that one turn judges."""
LONGEST = 240.0
"""Seconds after which a turn begins with no other one."""

Bound = Callable[[PullRequest], Askers | None]
"""Who asks for each file of a pull request of Helium's own account; `None` where the ledger does not say."""


def bound_to_nobody(_pull: PullRequest) -> Askers | None:
    """Where Helium's account opens none for others."""
    return None


@dataclass(frozen=True, slots=True)
class Advanced:
    """What one turn found of a pull request. `commit`: of main, if it was merged. `why`: what it waits for.

    `merging`: it is routine, so only the host's own rules are in the way.
    """

    number: int
    sentence: str
    commit: str = ""
    why: str = ""
    merging: bool = False


def advance(
    fleet: OpenFleet,
    host: Host,
    *,
    bound: Bound = bound_to_nobody,
    skip: Callable[[PullRequest], bool] = lambda _: False,
) -> Iterator[Advanced]:
    """Judge each once, and merge what is routine. `HostAwayError` where the host does not answer."""
    if fleet.fleet.routine is None:
        return
    until = time.monotonic() + LONGEST
    waiting = [each for each in host.waiting_pull_requests(base=fleet.clone.main) if not skip(each)]
    for pull in _some(waiting):
        if time.monotonic() > until:
            return
        askers = bound(pull)
        if askers is None and pull.author == host.account():
            # Helium's own, of which the ledger does not say who asked: nobody did.
            continue
        yield _one(fleet, host, pull=pull, askers=askers)


def turn(
    fleet: OpenFleet,
    host: Host,
    *,
    since: datetime | None = None,
    skip: Callable[[PullRequest], bool] = lambda _: False,
) -> Iterator[Advanced]:
    """All that people ask for: in comments, then in pull requests. `HostAwayError` as above. `since`: for `obey`."""
    try:
        for each in obey(fleet, host, since=since):
            yield Advanced(each.number, each.sentence, each.commit)
    except HostAwayError:
        raise
    except SourceError as error:
        # A token without a right for comments still merges.
        yield Advanced(0, f"comments wait: {error}")
    yield from advance(fleet, host, skip=skip)


def _some(waiting: Sequence[PullRequest]) -> Sequence[PullRequest]:
    """All in their order; of too many, others each time, so that none is left out for ever."""
    return waiting if len(waiting) <= MOST else sorted(random.sample(waiting, MOST), key=lambda each: each.number)


def _one(fleet: OpenFleet, host: Host, *, pull: PullRequest, askers: Askers | None) -> Advanced:
    try:
        verdict = _judged(fleet, host, pull=pull, askers=askers)
        settled = merge_routine(fleet, host, verdict=verdict) if verdict.routine else Settled()
        # What is merged is merged, whether or not the comment says so.
        with suppress(*((SourceError,) if settled.commit else ())):
            _tell(host, verdict, settled=settled)
    except HostAwayError:
        raise
    except (NotPlannedError, SourceError, SpecError) as error:
        return Advanced(pull.number, f"pull request {pull.number} waits: {error}")
    if settled.commit:
        return Advanced(pull.number, f"pull request {pull.number} is merged", settled.commit)
    why = "; ".join(verdict.wrong or tuple(map(str, verdict.needed)) or (settled.why,))
    return Advanced(pull.number, f"pull request {pull.number} waits: {why}", why=why, merging=verdict.routine)


def _judged(fleet: OpenFleet, host: Host, *, pull: PullRequest, askers: Askers | None) -> RoutineVerdict:
    verdict = judge(fleet, pull, askers=askers, shares=_shares(fleet))
    if askers is not None:
        return verdict
    why = list[str]()
    if host.permission(pull.author) < Permission.READ:
        why.append("that account may not read the repository any more")
    # Asked after the head was fetched: by then the host has noted who brought it there.
    pusher = host.pusher(pull)
    if pusher.lower() != pull.author.lower():
        why.append(f"{pusher or 'somebody else'} pushed its last commit")
    someone = merger(verdict.fleet)
    return replace(verdict, needed=(*verdict.needed, *(PersonNeeded(pull.author, someone, each) for each in why)))


def _shares(fleet: OpenFleet) -> Sequence[RoutineShare]:
    known = fleet.ledger.fleet_record()
    return known.shares if known else ()


def _tell(host: Host, verdict: RoutineVerdict, *, settled: Settled) -> None:
    """Say it in Helium's one comment, if that does not say so already."""
    number = verdict.pull_request.number
    # A plan is most often the comment of a job, whose token another account has.
    logins = (host.account(), *host.place.job_accounts)
    own = own_comments(host.comments(number), purpose=PLAN_COMMENT, logins=logins)
    before = own[0].body.removeprefix(marker(PLAN_COMMENT)).lstrip("\n") if own else ""
    merged = bool(settled.commit)
    said = routine_lines(needed=verdict.needed, wrong=verdict.wrong, why=settled.why, merged=merged)
    body = with_routine(before, said)
    if body.strip() != before.strip():
        host.put_comment(number, purpose=PLAN_COMMENT, body=body)
