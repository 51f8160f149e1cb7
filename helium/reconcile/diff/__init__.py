"""From facts to a plan: one change, with its reason, for every name in the specs, the stacks or the ledger.

Pure. It decides what would make the stacks match the specs, and refuses to guess: a name whose facts are missing is
kept. Whether the plan is safe is the guard's question, not this room's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from helium.core.expiry import format_instant, time_left
from helium.core.observation import Observation
from helium.core.plan import Change, Code, Keep, Plan
from helium.core.record import CorruptRecord, Record
from helium.core.spec import InvalidSpec
from helium.core.stack import Stack
from helium.errors import Fault
from helium.reconcile.diff.name_facts import NameFacts
from helium.reconcile.diff.recorded import with_record
from helium.reconcile.diff.unrecorded import without_record

SKEW = timedelta(minutes=5)
"""How far ahead a commit may be dated before it is told: clocks of people differ."""


def diff(observed: Observation, now: datetime) -> Plan:
    """The plan: sorted and complete, and the same for the same facts."""
    stacks: dict[str, tuple[Stack, ...]] = {}
    for stack in observed.listing.stacks:
        stacks[stack.id.name] = (*stacks.get(stack.id.name, ()), stack)
    names = sorted({*observed.specs, *observed.records, *stacks})
    changes = tuple(
        _change(
            NameFacts(name, observed, now, observed.specs.get(name), observed.records.get(name), stacks.get(name, ()))
        )
        for name in names
    )
    faults = [fault for file in observed.specs.values() if isinstance(file, InvalidSpec) for fault in file.faults]
    faults += _dated_ahead(observed, now)
    return Plan(observed.commit, now, changes, faults=tuple(sorted(faults)), foreign=observed.listing.foreign)


def _dated_ahead(observed: Observation, now: datetime) -> Iterator[Fault]:
    """Files that came with a commit of the future; they count as born now, and end like any other (brake 5)."""
    for name, addition in observed.additions.items():
        if name in observed.specs and addition.added_at > now + SKEW:
            sentence = (
                f"its commit {addition.commit[:10]} is dated {format_instant(addition.added_at)}, which lies ahead; "
                "its time counts from now instead. Set the clock of the machine that made it"
            )
            yield Fault(observed.specs[name].path, 1, 1, "", sentence)


def _change(facts: NameFacts) -> Change:
    if isinstance(facts.record, CorruptRecord):
        todo = "helium ledger rebuild" if facts.file is not None else "helium orphans"
        more = "" if facts.record.newer else f"; see {todo}"
        return facts.keep(Code.CORRUPT_RECORD, f"{facts.record.sentence}{more}")
    if len(facts.stacks) > 1:
        ids = " and ".join(str(stack.id) for stack in facts.stacks)
        return facts.keep(Code.TWO_STACKS, f"two stacks have its name: {ids}; see helium orphans")
    if facts.record is None:
        return without_record(facts)
    return _unless_waiting(with_record(facts, facts.record), facts, record=facts.record)


def _unless_waiting(change: Change, facts: NameFacts, *, record: Record) -> Change:
    """What failed is not tried again before its time, unless its file changed or a person named it."""
    if isinstance(change, Keep) or record.next_attempt_at is None or record.next_attempt_at <= facts.now:
        return change
    edited = change.blob is not None and change.blob != record.seen_blob
    if edited or facts.name in facts.observed.named:
        return change
    wait = time_left(record.next_attempt_at, facts.now)
    return facts.keep(Code.WAITING, f"attempt {record.attempts} failed ({record.error}); the next is due in {wait}")
