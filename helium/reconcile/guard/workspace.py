"""Brakes 7 to 10, 12 and 13: what must be known of one workspace before it may go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from helium.core.fleet_record import FleetRecord
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Refusal, Work
from helium.core.record import Phase, Record
from helium.core.spec import Entry, InvalidSpec, NotParsed, Spec
from helium.core.transitions import same_incarnation
from helium.reconcile.guard.credibility import paused
from helium.reconcile.guard.guard_input import GuardInput

BACK = "helium ledger rebuild takes it back, helium orphans --destroy {} ends it"


def readable(given: GuardInput) -> Iterator[Refusal]:
    """7. A file that cannot be read keeps its stack until the deadline of its last valid spec."""
    for change in given.plan.destroys:
        file, record = given.observed.specs.get(change.name), given.record(change.name)
        overdue = record is not None and record.deadline <= given.plan.now
        if isinstance(file, NotParsed) or (isinstance(file, InvalidSpec) and not overdue):
            yield Refusal(Code.INVALID_SPEC, (change.name,), f"the file of {change.name} could not be read")
    for path in _hiding(given.observed):
        names = tuple(change.name for change in given.unrequested if change.blob is None)
        yield Refusal(Code.INVALID_SPEC, names, f"{path} is no folder, and may stand where the specs of a team were")


def _hiding(observed: Observation) -> Iterator[str]:
    """Links, submodules and files with a folder's name: what was in the folder is not seen, and not removed."""
    found = (file.path for file in observed.specs.values() if isinstance(file, InvalidSpec))
    return (path for path in sorted(found) if "." not in path.rpartition("/")[2])


def facts_known(given: GuardInput) -> Iterator[Refusal]:
    """8. Missing facts never lead to a destroy: no record, no mark, or a mark of another fleet, name or life."""
    for change in given.plan.taking:
        why = _missing(change, given.record(change.name), observed=given.observed)
        if why:
            yield Refusal(Code.NO_RECORD, (change.name,), f"{change.name}: {why}")


def _missing(change: Work, record: Record | None, *, observed: Observation) -> str:
    if record is None:
        return "there is no record of it"
    if change.stack not in observed.ownerships:
        return "its stack was not opened, so nobody knows whose it is"
    ownership = observed.ownerships[change.stack]
    if ownership is None:
        unfinished = record.phase in (Phase.DELETING, Phase.GONE) or record.spec_blob is None
        return "" if unfinished and change.stack in observed.bare else "its stack carries no mark"
    if ownership.fleet != observed.fleet.name:
        return f"its stack carries the mark of fleet {ownership.fleet}"
    if record.emptied is not None:
        return f"it was given up, or seen empty, and its stack is back: {BACK.format(record.name)}"
    return (
        ""
        if same_incarnation(record, ownership)
        else "the mark in its stack is of another name or life than the record"
    )


def unprotected(given: GuardInput) -> Iterator[Refusal]:
    """9. What was protected when it was last applied is not destroyed."""
    for change in given.plan.taking:
        record, ownership = given.record(change.name), given.observed.ownerships.get(change.stack)
        # A ledger that was put back forgets what the stack still says.
        if (record is not None and record.protected) or (ownership is not None and ownership.protected):
            yield Refusal(Code.PROTECTED, (change.name,), f"{change.name} was protected when it was last applied")


def backend_known(given: GuardInput) -> Iterator[Refusal]:
    """10. While its file is there, a stack is kept when its backend is unknown or changed."""
    for change in given.plan.destroys:
        file = given.observed.specs.get(change.name)
        if file is not None and change.backend not in given.observed.recipes:
            yield Refusal(Code.BACKEND_UNKNOWN, (change.name,), f"{change.name}: backend {change.backend} is unknown")
        elif isinstance(file, Spec) and file.backend != change.backend and not change.again:
            yield Refusal(Code.BACKEND_CHANGED, (change.name,), f"{change.name}: its file says {file.backend}")


def same_cluster(given: GuardInput) -> Iterator[Refusal]:
    """10. And it is kept while its cluster's name leads to another cluster than the one that it was made in."""
    for change in given.plan.taking:
        why = given.observed.wrong_cluster.get(change.stack)
        if why:
            yield Refusal(Code.CLUSTER_CHANGED, (change.name,), f"{change.name}: {why}")


def deadline_recorded(given: GuardInput) -> Iterator[Refusal]:
    """12. Expired is only what an earlier pass recorded with that deadline, or an earlier one, while it lay ahead."""
    for change in given.plan.destroys:
        record = given.record(change.name)
        if change.code is Code.EXPIRED and (record is None or record.deadline > given.plan.now):
            sentence = f"{change.name}: no earlier pass recorded that deadline while it lay ahead"
            yield Refusal(Code.DEADLINE_MOVED, (change.name,), sentence)


def changed_meanwhile(
    change: Work, *, entries: Iterable[Entry], fleet_record: FleetRecord | None, by_settings: bool, now: datetime
) -> str:
    """13. Why it is dropped at the last look: the file came back, changed or went, or the fleet was paused."""
    blobs = {entry.blob for entry in entries if entry.name == change.name}
    if blobs - {change.blob}:
        return "its file came back or changed in the meantime"
    if not isinstance(change, Destroy) and not blobs:
        return "its file was removed in the meantime"
    return paused(by_settings, fleet_record, now=now)
