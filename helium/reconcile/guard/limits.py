"""Safeguards about the plan as a whole: did anybody mean so many removals, all of them, or just these?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from helium.core.plan import COUNTED, DAY, Code, Refusal
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import REQUESTED_VIA
from helium.reconcile.guard.guard_input import GuardInput, release_of


def few_deletes(given: GuardInput) -> Iterator[Refusal]:
    """At most `limits.deletes` workspaces go in 24 hours that neither expired nor were requested.

    The accident: a script that tidies up `workspaces/` removes thirty files too many and pushes to main. A second push
    an hour later counts together with the first one. By a clock in doubt, what expired counts too: whoever vouches for
    it may be wrong. A raised limit counts after 24 hours: whoever removes thirty files may raise it in the same commit.
    """
    names = given.unrequested_names
    now, records = given.believed_time, given.observed.records.values()
    begun = {record.name for record in records if _begun_unrequested(record, now)}
    count = len({*names, *begun, *given.observed.recent_deletes})
    limit = _lowest_limit(given)
    if names and count > limit and not given.released:
        which = "by a clock that nothing confirms" if given.clock_problem else "that neither expired nor were requested"
        sentence = f"This would delete {count} workspaces in 24 hours {which}. The limit is {limit} (limits.deletes)."
        sentence += " A raised limit counts after 24 hours." if limit < given.observed.fleet.limits.deletes else ""
        yield Refusal(Code.TOO_MANY, names, sentence, given.release)


def _lowest_limit(given: GuardInput) -> int:
    """The lowest limit that main had in the last 24 hours, as passes saw it."""
    now, known = given.observed.fleet.limits.deletes, given.observed.fleet_record
    return known.lowest_deletes(now, since=given.believed_time - DAY) if known else now


def _begun_unrequested(record: Record | CorruptRecord, now: datetime) -> bool:
    """Whether a record counts where the log has no line: the run is at work, or was killed before it wrote one."""
    if not isinstance(record, Record) or record.code == Code.EXPIRED or record.released:
        return False
    lately = record.emptied is not None and record.emptied > now - DAY and record.code in COUNTED
    if record.phase is not Phase.DELETING and not lately:
        return False
    return record.removed is None or record.removed.origin not in REQUESTED_VIA


def some_spec_left(given: GuardInput) -> Iterator[Refusal]:
    """When `workspaces/` holds no spec any more, only what expired or was requested goes.

    The accident: a fleet of three, below every limit, whose folder was lost in a merge.
    """
    if not given.observed.specs and not given.released:
        sentence = "No spec is left in workspaces/. That looks like an accident."
        yield Refusal(Code.NO_SPECS, given.unrequested_names, sentence, given.release)


def reviewed_removal(given: GuardInput) -> Iterator[Refusal]:
    """No removal whose merged pull request did not show it is carried out.

    The accident: a pull request "fix a typo" resolves a conflict by dropping a colleague's file, and nobody sees it.
    """
    names = given.unreviewed_names
    if set(names) <= set(given.released_names):
        return
    sentence = "The pull request that removed the file was merged without showing the removal."
    if why := given.observed.reviews_away:
        sentence = f"Nobody knows yet whether a pull request showed the removal: {why}"
    yield Refusal(Code.UNREVIEWED_REMOVAL, names, sentence, release_of(names))


def expected_plan(given: GuardInput) -> Iterator[Refusal]:
    """Nothing is applied on a plan that differs from `--expect`.

    The accident: you review a plan with one create, and while you read, somebody merges a removal.
    """
    if given.overrides.expect is not None and given.overrides.expect != given.plan.digest:
        sentence = f"The plan is {given.plan.digest}, but you expected {given.overrides.expect}."
        yield Refusal(Code.UNEXPECTED_PLAN, given.work, sentence)
