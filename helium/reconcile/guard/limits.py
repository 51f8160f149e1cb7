"""Brakes 14 to 16: whether so many, all of them, or just these were meant to go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from helium.core.digest import digest
from helium.core.plan import COUNTED, DAY, Code, Refusal
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import REQUESTED_VIA
from helium.reconcile.guard.guard_input import GuardInput


def few_deletes(given: GuardInput) -> Iterator[Refusal]:
    """14. No more names than the limit in 24 hours that neither expired nor were asked for."""
    names = tuple(change.name for change in given.unrequested)
    begun = {record.name for record in given.observed.records.values() if _begun_unrequested(record, given.plan.now)}
    count = len({*names, *begun, *given.observed.recent_deletes})
    limit = given.observed.fleet.limits.deletes
    if names and count > limit and given.overrides.allow_deletes != deletes_digest(names):
        sentence = f"{count} workspaces in 24 hours would go that neither expired nor were asked for; {limit} may"
        yield Refusal(Code.TOO_MANY, names, sentence, f"--allow-deletes {deletes_digest(names)}")


def deletes_digest(names: Iterable[str]) -> str:
    """What `--allow-deletes` takes: the digest of exactly those names."""
    return digest(sorted(names))[:16]


def _begun_unrequested(record: Record | CorruptRecord, now: datetime) -> bool:
    """Told by its record where the log has no line: it is at work, or was killed before its line was written."""
    if not isinstance(record, Record) or record.code == Code.EXPIRED:
        return False
    lately = record.emptied is not None and record.emptied > now - DAY and record.code in COUNTED
    if record.phase is not Phase.DELETING and not lately:
        return False
    return record.removed is None or record.removed.origin not in REQUESTED_VIA


def some_spec_left(given: GuardInput) -> Iterator[Refusal]:
    """15. When no spec is left at all, only what expired or was asked for goes."""
    if not given.observed.specs:
        names = tuple(change.name for change in given.unrequested)
        yield Refusal(Code.NO_SPECS, names, "there is no spec left in workspaces/; that looks like an accident")


def as_expected(given: GuardInput) -> Iterator[Refusal]:
    """16. Nothing on a plan that differs from `--expect`, and no removal that its pull request did not show."""
    if given.overrides.expect is not None and given.overrides.expect != given.plan.digest:
        sentence = f"the plan is {given.plan.digest}, not {given.overrides.expect} as expected"
        yield Refusal(Code.UNEXPECTED_PLAN, given.work, sentence)
    unreviewed = tuple(change.name for change in given.plan.destroys if change.origin == "unreviewed-removal")
    yield Refusal(
        Code.UNREVIEWED_REMOVAL, unreviewed, "the pull request that removed it was merged without showing that"
    )
