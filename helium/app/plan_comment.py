"""Helium's one comment on a pull request: the plan, and beside it whether a person has to look.

A job that plans has no key that merges. It says what the judge would find now; the judge looks again.
"""

from __future__ import annotations

from helium.app.host import required_host
from helium.app.open_fleet import OpenFleet
from helium.app.proposal import Weighed
from helium.app.routine import judged_beside
from helium.core.pull_request import PLAN_COMMENT, PullRequest, PullRequestComment
from helium.reconcile.routine_comment import routine_lines, with_routine


def put_comment(fleet: OpenFleet, number: int, *, body: str, seen: Weighed | None = None) -> PullRequestComment | None:
    """Have it say this; nothing where the pull request is not for main, so no pass would see it."""
    host = required_host(fleet.clone, fleet.fleet, settings=fleet.settings)
    pull = host.pull_request(number)
    if pull.base != fleet.clone.main:
        return None
    if seen is not None and _has_routine(fleet, pull, seen=seen):
        body = with_routine(body, _said(fleet, pull, seen=seen))
    return host.put_comment(number, purpose=PLAN_COMMENT, body=body)


def _has_routine(fleet: OpenFleet, pull: PullRequest, *, seen: Weighed) -> bool:
    """Of the head that was planned, and of an account that `people:` names; of others, the judge says it."""
    settings, same = seen.main.observed.fleet, pull.head_commit == seen.proposal.head
    return same and settings.routine is not None and bool(settings.mail_of(pull.author))


def _said(fleet: OpenFleet, pull: PullRequest, *, seen: Weighed) -> str:
    known = fleet.ledger.fleet_record()
    verdict = judged_beside(fleet, pull, seen=seen, askers=None, shares=known.shares if known else ())
    return routine_lines(needed=verdict.needed, wrong=verdict.wrong)
