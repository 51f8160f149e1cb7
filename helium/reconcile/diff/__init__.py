"""From an observation to a plan: one change, with its reason, for every name in the specs, the stacks or the ledger.

Pure. It decides what would make the stacks match the specs. It refuses to guess: a name is kept while a fact about it
is missing. Whether the plan is safe is the guard's question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from helium.core.deadlines import format_instant, format_lifetime, time_left
from helium.core.observation import Observation
from helium.core.plan import Change, Code, Destroy, Keep, Plan
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import InvalidSpec, Spec
from helium.core.stack import Stack
from helium.errors import Issue
from helium.reconcile.diff.name_facts import NameFacts
from helium.reconcile.diff.with_record import with_record
from helium.reconcile.diff.without_record import without_record

SKEW = timedelta(minutes=5)
"""How far ahead a commit may be dated before it is an error: people's clocks differ."""


def diff(observed: Observation, now: datetime) -> Plan:
    """The plan: sorted, complete, and always the same for the same observation."""
    stacks: dict[str, tuple[Stack, ...]] = {}
    for stack in observed.listing.stacks:
        stacks[stack.id.name] = (*stacks.get(stack.id.name, ()), stack)
    # What is at work may be in any state between two. Whoever looked at it now would see half of a change.
    names = sorted({*observed.specs, *observed.records, *stacks} - observed.at_work)
    changes = tuple(
        _change(
            NameFacts(name, observed, now, observed.specs.get(name), observed.records.get(name), stacks.get(name, ()))
        )
        for name in names
    )
    issues = [issue for file in observed.specs.values() if isinstance(file, InvalidSpec) for issue in file.issues]
    issues += _dated_ahead(observed, now)
    issues += _over_before_seen(observed, changes, now=now)
    return Plan(observed.commit, now, changes, issues=tuple(sorted(issues)), foreign=observed.listing.foreign)


def _dated_ahead(observed: Observation, now: datetime) -> Iterator[Issue]:
    """Errors of files whose commit is dated in the future. They count as added now, so they cannot live for ever."""
    for name, addition in observed.additions.items():
        if name in observed.specs and addition.added_at > now + SKEW:
            sentence = (
                f"its commit {addition.commit[:10]} is dated {format_instant(addition.added_at)}, in the future, so "
                "its lifetime counts from now; set the clock of the machine that made the commit"
            )
            yield Issue(observed.specs[name].path, 1, 1, "", sentence)


def _over_before_seen(observed: Observation, changes: Iterable[Change], *, now: datetime) -> Iterator[Issue]:
    """Errors of files whose default lifetime was over before any pass saw them: they would wait for ever, in silence.

    A date that somebody wrote is another thing: it says when the workspace is not wanted any more.
    """
    for change in changes:
        file, addition = observed.specs.get(change.name), observed.additions.get(change.name)
        if change.code is not Code.EXPIRED or change.name in observed.records or addition is None:
            continue
        if isinstance(file, Spec) and file.expiry is None:
            lifetimes = observed.fleet.lifetimes
            lifetime = lifetimes.of(file.team).usual
            sentence = (
                f"its lifetime of {format_lifetime(lifetime)} counts from its commit "
                f"{addition.commit[:10]} of {format_instant(addition.added_at)} and was over before a pass saw it, so "
                f"no pass will create it; add a line like expiry: {now + lifetime:%Y-%m-%d}, or remove the file"
            )
            yield Issue(file.path, 1, 1, "", sentence)


def _change(facts: NameFacts) -> Change:
    # First: of a state that cannot be read nothing else is known, and half-read it would look as if it held nothing.
    if why := next((why for stack in facts.stacks if (why := _corrupt(facts, stack))), ""):
        return facts.keep(Code.CORRUPT_STACK, f"{why}.")
    if isinstance(facts.record, CorruptRecord):
        todo = "Run helium ledger rebuild." if facts.file is not None else "See helium orphans."
        more = "" if facts.record.newer else f" {todo}"
        return facts.keep(Code.CORRUPT_RECORD, f"{facts.record.sentence}.{more}")
    if len(facts.stacks) > 1:
        ids = " and ".join(str(stack.id) for stack in facts.stacks)
        return facts.keep(Code.TWO_STACKS, f"Two stacks have this name: {ids}. See helium orphans.")
    if facts.record is None:
        return without_record(facts)
    return _unless_waiting(with_record(facts, facts.record), facts, record=facts.record)


def _corrupt(facts: NameFacts, stack: Stack) -> str:
    """Why the stack's state cannot be read: seen from outside, or by Pulumi when it was opened."""
    return stack.corrupt or facts.observed.unopened.get(stack.id, "")


def _unless_waiting(change: Change, facts: NameFacts, *, record: Record) -> Change:
    """Keep what failed before until its next attempt is due, unless its file changed or a person named it."""
    if isinstance(change, Keep) or record.next_attempt_at is None or record.next_attempt_at <= facts.now:
        return change
    if isinstance(change, Destroy) and record.phase is not Phase.DELETING:
        # It was an `up` that failed. Whoever takes the file away need not wait for that.
        return change
    edited = change.blob is not None and change.blob != record.seen_blob
    if edited or facts.name in facts.observed.selected:
        return change
    wait = time_left(record.next_attempt_at, facts.now)
    return facts.keep(
        Code.WAITING, f"Attempt {record.attempts} failed ({record.error}). The next one is due in {wait}."
    )
