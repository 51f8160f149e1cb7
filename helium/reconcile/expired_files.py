"""What a scheduled job removes: the files of workspaces whose deadline has passed.

Pure. This only removes files; a pass destroys the workspaces. But the next pass would take the removal for a person's
decision, so the safeguards that need no stack judge it first. It refuses to remove a file while a fact is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from helium.core.deadlines import overdue
from helium.core.incarnations import is_new_incarnation
from helium.core.observation import Observation
from helium.core.plan import Change, Code, Destroy, Keep, Overrides, Plan, Refusal
from helium.core.record import Record
from helium.core.spec import Reading, Spec, deadline_of
from helium.core.transitions import current_deadline
from helium.reconcile.guard import guard
from helium.reconcile.guard.credibility import history, not_paused, trusted_clock
from helium.reconcile.guard.limits import few_deletes
from helium.reconcile.guard.workspace import recorded_deadline, unprotected, valid_spec

STACKLESS = (history, trusted_clock, not_paused, valid_spec, unprotected, recorded_deadline, few_deletes)
"""The safeguards that need no look at the stacks."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """The files to remove, by name, each with its reason, and what was held back."""

    commit: str
    paths: Mapping[str, str]
    reasons: Mapping[str, str]
    refusals: tuple[Refusal, ...] = ()


def expired(observed: Observation, now: datetime, *, overrides: Overrides) -> Expiry:
    """Every file whose deadline has passed and which nothing holds, sorted by name."""
    due = [(file, _due(file, observed, now=now)) for _, file in sorted(observed.specs.items())]
    changes: tuple[Change, ...] = tuple(change for _, change in due if change is not None)
    plan = guard(Plan(observed.commit, now, changes), observed, overrides=overrides, safeguards=STACKLESS)
    going = {change.name: change.reason for change in plan.destroys}
    paths = {file.name: file.path for file, _ in due if file.name in going}
    return Expiry(observed.commit, paths, going, plan.refusals)


def _due(file: Reading, observed: Observation, *, now: datetime) -> Change | None:
    """A file whose deadline has passed, as a destroy for the safeguards to judge. An invalid file is never due."""
    if not isinstance(file, Spec):
        return None
    known = _of_this_incarnation(file, observed)
    deadline = _deadline(file, known, observed=observed, now=now)
    if deadline > now:
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
    addition, lifetime = observed.additions.get(file.name), observed.fleet.defaults.lifetime
    if record is not None:
        return current_deadline(record, file, default=lifetime, now=now)
    return deadline_of(file, added_at=min(addition.added_at, now) if addition else now, lifetime=lifetime)
