"""The safeguard about quota: has the owner, the team and the fleet room for what is new?"""

from __future__ import annotations

from collections.abc import Iterator

from helium.core.additions import current_record
from helium.core.incarnations import owner_of
from helium.core.plan import Change, Code, Create, Destroy, Keep, Refusal
from helium.core.quota import QuotaBook, QuotaBound, QuotaPlace
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import InvalidSpec, team_of
from helium.reconcile.guard.guard_input import GuardInput

_ENDING = (Phase.DELETING, Phase.GONE)
_MOST_RELEASED = 10
"""How many names the override of one refusal has."""


def within_quota(given: GuardInput) -> Iterator[Refusal]:
    """Nothing is created beyond the quota of its owner, its team or the fleet. The oldest files come in first.

    The accident: a script asks for sixty workspaces in a night, and in the morning the cluster has no room for anybody
    else. It holds new workspaces alone: never an update, a retry or a removal. What goes in this very plan has given
    its place back; what a safeguard keeps still has it.
    """
    if not given.observed.fleet.has_quota:
        return
    book, held = QuotaBook(given.observed.fleet), dict[QuotaBound, list[str]]()
    changes = {change.name: _meant(change) for change in given.plan.changes}
    new = [change for change in changes.values() if isinstance(change, Create) and not _is_let_in(change, given)]
    # A new incarnation of what was here a moment ago takes the place that this has left.
    new.sort(key=lambda each: (each.name not in given.observed.records, each.workspace.added_at, each.name))
    waiting = [each.name for each in new if each.name not in given.overrides.over_quota]
    for name in sorted({*given.observed.specs, *given.observed.records} - {*waiting}):
        if _counts(name, changes.get(name), given=given):
            book.take(_place(name, given))
    for name in waiting:
        place = _place(name, given)
        if (full := book.full(place)) is None:
            book.take(place)
        else:
            held.setdefault(full, []).append(name)
    for bound, names in held.items():
        reason = book.sentence(bound)
        sentence = f"There is no room: {reason} What is new is created when there is some, the oldest file first."
        override = f"--over-quota {' --over-quota '.join(names[:_MOST_RELEASED])}"
        yield Refusal(Code.QUOTA, tuple(names), sentence, override)


def _meant(change: Change) -> Change:
    """What is done as soon as a pause ends: a branch is judged by that, also while the fleet is paused."""
    return change.held if isinstance(change, Keep) and change.code is Code.PAUSED and change.held else change


def _record(name: str, given: GuardInput) -> Record | None:
    """The record, if it is of the workspace that the file asks for."""
    observed = given.observed
    return current_record(observed.specs.get(name), observed.records.get(name), addition=observed.additions.get(name))


def _is_let_in(change: Create, given: GuardInput) -> bool:
    """Whether an earlier pass began to create it: then it has its place, whatever came of that."""
    record = _record(change.name, given)
    return record is not None and record.phase is not Phase.GONE


def _counts(name: str, change: Change | None, *, given: GuardInput) -> bool:
    """Whether it has a place. Without a change, it is at work."""
    file, record = given.observed.specs.get(name), given.observed.records.get(name)
    if isinstance(change, Destroy):
        return change.again
    if isinstance(change, Keep) and change.code in (Code.GONE, Code.EXPIRED):
        return False
    if isinstance(record, CorruptRecord):
        return True
    ending = record is not None and (record.phase in _ENDING or record.emptied is not None)
    if file is None or isinstance(file, InvalidSpec):
        return record is not None and not ending
    return True


def _place(name: str, given: GuardInput) -> QuotaPlace:
    file, addition = given.observed.specs.get(name), given.observed.additions.get(name)
    owner = owner_of(file, record=_record(name, given), addition=addition)
    return QuotaPlace(name, owner, team_of(file.path) if file is not None else "")
