"""What a scheduled job removes: the files of workspaces whose deadline has passed.

Pure. This only removes files; a pass destroys the workspaces. But the next pass would take the removal for a person's
decision, so the safeguards that need no stack judge it first. It refuses to remove a file while a fact is missing: one
without a record goes only if a pass has seen it, and the ledger knows of nothing that was ever made for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from helium.core.deadlines import overdue
from helium.core.grace import grace_ends, with_due
from helium.core.incarnations import is_new_incarnation
from helium.core.observation import Observation
from helium.core.plan import Change, Code, Destroy, Keep, Overrides, Plan, Refusal
from helium.core.record import Record
from helium.core.spec import Addition, Reading, Spec
from helium.core.stack import StackId
from helium.core.transitions import current_end
from helium.reconcile.guard import guard
from helium.reconcile.guard.credibility import history, not_paused, trusted_clock
from helium.reconcile.guard.limits import few_deletes
from helium.reconcile.guard.workspace import recorded_deadline, unprotected, valid_spec

STACKLESS = (history, trusted_clock, not_paused, valid_spec, unprotected, recorded_deadline, few_deletes)
"""The safeguards that need no look at the stacks."""
OF_NOTHING = (history, trusted_clock, not_paused, valid_spec)
"""Those about a file for which nothing was ever made: no workspace goes with it."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """The files to remove, by name, each with its reason, and what was held back."""

    commit: str
    paths: Mapping[str, str]
    reasons: Mapping[str, str]
    refusals: tuple[Refusal, ...] = ()


def expired(
    observed: Observation, now: datetime, *, overrides: Overrides, never_made: frozenset[str] = frozenset()
) -> Expiry:
    """Every file whose deadline has passed and which nothing holds, sorted by name. `never_made`: as below."""
    due = [(file, _due(file, observed, now=now)) for _, file in sorted(observed.specs.items())]
    changes: tuple[Change, ...] = tuple(change for _, change in due if change is not None)
    plan = guard(Plan(observed.commit, now, changes), observed, overrides=overrides, safeguards=STACKLESS)
    lapsed = tuple(_of_nothing(change, observed) for change in changes if change.name in never_made)
    of_nothing = guard(Plan(observed.commit, now, lapsed), observed, overrides=overrides, safeguards=OF_NOTHING)
    going = {change.name: change.reason for change in (*plan.destroys, *of_nothing.destroys)}
    paths = {file.name: file.path for file, _ in due if file.name in going}
    # What holds both is said once.
    said = {refusal.code for refusal in plan.refusals}
    more = (refusal for refusal in of_nothing.refusals if refusal.code not in said)
    return Expiry(observed.commit, paths, going, (*plan.refusals, *more))


def may_be_of_nothing(observed: Observation, now: datetime) -> Mapping[str, Addition]:
    """The expired files of which no record was ever read, each with how it came to main.

    A file whose deadline was past when it landed, or that waited too long for its first pass: nothing was made for it
    then. But a record may be lost as well. So whoever asks must know that a pass has seen the file, and that the log
    tells of nothing that was made for that name since.
    """
    fleet_record = observed.fleet_record
    if observed.gaps or fleet_record is None or fleet_record.marker != "created":
        return {}
    return {
        name: observed.additions[name]
        for name, file in sorted(observed.specs.items())
        if name not in observed.records
        and name in observed.additions
        and isinstance(file, Spec)
        and not file.protected
        and _due(file, observed, now=now) is not None
    }


def _of_nothing(change: Change, observed: Observation) -> Destroy:
    """Its file as what goes, for the safeguards to judge; there is no stack of it."""
    file = observed.specs[change.name]
    return Destroy(
        name=change.name,
        code=Code.EXPIRED,
        reason=f"{change.reason.removesuffix('.')}, before it was created.",
        backend=file.backend if isinstance(file, Spec) else "",
        deadline=change.deadline,
        blob=file.blob,
        stack=StackId.of(observed.fleet.name, file.backend if isinstance(file, Spec) else "", name=change.name),
        added_at=observed.additions[change.name].added_at,
    )


def _due(file: Reading, observed: Observation, *, now: datetime) -> Change | None:
    """A file whose deadline has passed, as a destroy for the safeguards to judge. An invalid file is never due."""
    if not isinstance(file, Spec):
        return None
    known = _of_this_incarnation(file, observed)
    deadline = _deadline(file, known, observed=observed, now=now)
    if deadline > now:
        return None
    going = with_due(known, observed, now=now) if known else None
    if going is not None and grace_ends(going, fleet=observed.fleet, now=now) is not None:
        # Until that is over its owner may extend it, and needs the file.
        return None
    reason = f"{overdue(deadline, now)}."
    if known is None:
        return Keep(name=file.name, code=Code.NO_RECORD, reason=reason, deadline=deadline)
    return Destroy(
        name=file.name,
        code=Code.EXPIRED,
        reason=reason,
        backend=known.backend,
        deadline=deadline,
        blob=file.blob,
        stack=known.stack_id,
        added_at=known.added_at,
    )


def _of_this_incarnation(file: Spec, observed: Observation) -> Record | None:
    record = observed.records.get(file.name)
    if not isinstance(record, Record) or is_new_incarnation(record, file, addition=observed.additions.get(file.name)):
        return None
    return record


def _deadline(file: Spec, record: Record | None, *, observed: Observation, now: datetime) -> datetime:
    addition, lifetimes = observed.additions.get(file.name), observed.fleet.lifetimes
    if record is not None:
        return current_end(record, file, lifetimes=lifetimes, now=now).at
    return lifetimes.end_of(file, added_at=min(addition.added_at, now) if addition else now).at
