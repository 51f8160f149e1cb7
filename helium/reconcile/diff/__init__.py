"""From facts to a plan: one change, with its reason, for every name in the specs, the stacks or the ledger.

Pure. It decides what would make the stacks match the specs, and refuses to guess: a name whose facts are missing is
kept. Whether the plan is safe is the guard's question, not this room's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from helium.core.expiry import format_instant, time_left
from helium.core.facts import Facts
from helium.core.plan import Change, Code, Keep, Plan
from helium.core.record import Illegible, Record
from helium.core.spec import Unreadable
from helium.core.stack import Stack
from helium.errors import Fault
from helium.reconcile.diff.case import Case
from helium.reconcile.diff.first import without_record
from helium.reconcile.diff.later import with_record

SKEW = timedelta(minutes=5)
"""How far ahead a commit may be dated before it is told: clocks of people differ."""


def diff(facts: Facts, now: datetime) -> Plan:
    """The plan: sorted and complete, and the same for the same facts."""
    stacks: dict[str, tuple[Stack, ...]] = {}
    for stack in facts.listing.stacks:
        stacks[stack.id.name] = (*stacks.get(stack.id.name, ()), stack)
    names = sorted({*facts.specs, *facts.records, *stacks})
    changes = tuple(
        _change(Case(name, facts, now, facts.specs.get(name), facts.records.get(name), stacks.get(name, ())))
        for name in names
    )
    faults = [fault for file in facts.specs.values() if isinstance(file, Unreadable) for fault in file.faults]
    faults += _dated_ahead(facts, now)
    return Plan(facts.commit, now, changes, faults=tuple(sorted(faults)), foreign=facts.listing.foreign)


def _dated_ahead(facts: Facts, now: datetime) -> Iterator[Fault]:
    """Files that came with a commit of the future; they count as born now, and end like any other (brake 5)."""
    for name, birth in facts.births.items():
        if name in facts.specs and birth.born > now + SKEW:
            sentence = (
                f"its commit {birth.commit[:10]} is dated {format_instant(birth.born)}, which lies ahead; its time "
                "counts from now instead. Set the clock of the machine that made it"
            )
            yield Fault(facts.specs[name].path, 1, 1, "", sentence)


def _change(case: Case) -> Change:
    if isinstance(case.record, Illegible):
        todo = "helium ledger rebuild" if case.file is not None else "helium orphans"
        more = "" if case.record.newer else f"; see {todo}"
        return case.keep(Code.RECORD_ILLEGIBLE, f"{case.record.sentence}{more}")
    if len(case.stacks) > 1:
        ids = " and ".join(str(stack.id) for stack in case.stacks)
        return case.keep(Code.TWO_STACKS, f"two stacks have its name: {ids}; see helium orphans")
    if case.record is None:
        return without_record(case)
    return _unless_waiting(with_record(case, case.record), case, record=case.record)


def _unless_waiting(change: Change, case: Case, *, record: Record) -> Change:
    """What failed is not tried again before its time, unless its file changed or a person named it."""
    if isinstance(change, Keep) or record.next_attempt_at is None or record.next_attempt_at <= case.now:
        return change
    edited = change.blob is not None and change.blob != record.seen_blob
    if edited or case.name in case.facts.named:
        return change
    wait = time_left(record.next_attempt_at, case.now)
    return case.keep(Code.WAITING, f"attempt {record.attempts} failed ({record.error}); the next is due in {wait}")
