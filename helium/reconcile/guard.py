"""The brakes: what a pass may not do, whatever the plan says.

Pure. The guard runs once, on the whole fleet's plan; it can only remove changes, and says what it removed and how to
override it. Each brake is one sentence of the design's section 6, one function here, one line of `BRAKES`, and at
least one test that fails without it. Brake 11 is the engine's (`protect`), brake 13 is `moved`, asked by apply right
before each destroy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.digest import digest
from helium.core.expiry import format_instant
from helium.core.facts import Facts
from helium.core.life import same_life
from helium.core.plan import COUNTED, DAY, Change, Code, Destroy, Keep, Overrides, Plan, Refusal, Work, hold
from helium.core.record import Phase, Record
from helium.core.register import Register
from helium.core.spec import GRANTED, Entry, Spec, Unread, Unreadable

CLOCK_SKEW = timedelta(minutes=5)
LONGEST_SLEEP = timedelta(days=7)
STANDING = (Code.NOT_WHOLE, Code.NOT_OURS, Code.LOST_STACK, Code.HISTORY, Code.NOT_EXPECTED)
"""Refusals worth telling even when there was nothing to hold."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What every brake looks at: the plan as the brakes before it left it, the facts, and what a person allowed."""

    plan: Plan
    facts: Facts
    overrides: Overrides

    @property
    def work(self) -> tuple[str, ...]:
        """The names of all that would be applied."""
        return tuple(change.name for change in self.plan.work)

    @property
    def taking(self) -> tuple[str, ...]:
        """The names of all that would be taken away, or replaced."""
        return tuple(change.name for change in self.plan.taking)

    def record(self, name: str) -> Record | None:
        """The record, if there is one that can be read."""
        record = self.facts.records.get(name)
        return record if isinstance(record, Record) else None


def guard(plan: Plan, facts: Facts, *, overrides: Overrides, brakes: Sequence[Brake] = ()) -> Plan:
    """The plan without what the brakes hold (all, unless some are named); each refusal is in it, with its names."""
    for brake in brakes or BRAKES:
        for refusal in brake(Scene(plan, facts, overrides)):
            if refusal.names or refusal.code in STANDING:
                plan = _without(plan, refusal)
    return plan


def _without(plan: Plan, refusal: Refusal) -> Plan:
    names = frozenset(refusal.names)
    changes = tuple(_held(change, refusal) if change.name in names else change for change in plan.changes)
    return replace(plan, changes=changes, refusals=(*plan.refusals, refusal))


def _held(change: Change, refusal: Refusal) -> Change:
    return change if isinstance(change, Keep) else hold(change, refusal.code, why=refusal.sentence)


def whole(scene: Scene) -> Iterator[Refusal]:
    """1. No destroy unless repository, settings, schema, ledger and listing could all be read."""
    if scene.facts.gaps:
        sentence = f"not everything could be read ({'; '.join(scene.facts.gaps)}), so nothing is destroyed"
        yield Refusal(Code.NOT_WHOLE, scene.taking, sentence)


def ours(scene: Scene) -> Iterator[Refusal]:
    """2. Nothing unless the state holds this fleet's marker, or state and ledger are both new."""
    register, listing = scene.facts.register, scene.facts.listing
    made = register is not None and register.marker == "made"
    if made and not listing.marker:
        sentence = "the ledger says that this fleet's marker stack was made, but this state does not hold it"
        yield Refusal(Code.NOT_OURS, scene.work, sentence, "helium ledger accept-loss --state")
    elif register is None and (listing.marker or listing.stacks):
        sentence = "the state holds stacks of this fleet, but there is no ledger"
        yield Refusal(Code.NOT_OURS, scene.work, sentence, "helium ledger rebuild")
    elif not made and listing.stacks and not listing.marker:
        sentence = "the state holds stacks of this fleet, but not its marker stack"
        yield Refusal(Code.NOT_OURS, scene.work, sentence, "helium ledger accept-loss --state")


def nothing_lost(scene: Scene) -> Iterator[Refusal]:
    """3. Nothing when more than one stack that was alive is no longer listed."""
    lost = tuple(change.name for change in scene.plan.changes if change.code is Code.LOST_STACK)
    if len(lost) > 1:
        sentence = f"{len(lost)} stacks that were alive are not in the state: {_some(lost)}"
        yield Refusal(Code.LOST_STACK, scene.work, sentence, f"helium ledger accept-loss {' '.join(lost)}")


def history(scene: Scene) -> Iterator[Refusal]:
    """4. Nothing but main as it is now, and only where it goes on from what was accepted."""
    register, commit = scene.facts.register, scene.facts.commit
    accept = f"helium ledger accept {commit}"
    if not scene.facts.on_main:
        yield Refusal(Code.HISTORY, scene.work, f"{commit[:10]} is not the main branch as it is now")
    elif register is not None and register.accepted is None and scene.taking:
        sentence = "this ledger has accepted no commit yet, so nothing is destroyed"
        yield Refusal(Code.HISTORY, scene.taking, sentence, accept)
    elif register is not None and strays(scene.facts):
        sentence = f"main at {commit[:10]} does not go on from {str(register.accepted)[:10]}, accepted before"
        yield Refusal(Code.HISTORY, scene.work, sentence, accept)


def strays(facts: Facts) -> bool:
    """Whether main does not go on from what was accepted, so that nothing it shows may be believed."""
    accepted = facts.register.accepted if facts.register else None
    return accepted is not None and facts.descends is not True


def clock(scene: Scene) -> Iterator[Refusal]:
    """5. Nothing expires while the clock cannot be trusted."""
    fault = clock_fault(scene.facts, scene.plan.now)
    if fault and not scene.overrides.clock_is_right:
        names = tuple(change.name for change in scene.plan.destroys if change.code is Code.EXPIRED)
        yield Refusal(Code.CLOCK, names, f"{fault}, so nothing expires", "--clock-is-right")


def clock_fault(facts: Facts, now: datetime) -> str:
    """What makes `now` doubtful, or nothing: far from the remote's clock, before the last pass, or long after it."""
    if facts.remote_time is not None:
        if abs(now - facts.remote_time) > CLOCK_SKEW:
            return f"this clock says {format_instant(now)}, the remote's says {format_instant(facts.remote_time)}"
        return ""
    last = facts.register.last_pass if facts.register else None
    if last is not None and now < last.time:
        return f"this clock says {format_instant(now)}, before the last pass at {format_instant(last.time)}"
    if last is not None and now > last.time + LONGEST_SLEEP:
        return f"the last pass was at {format_instant(last.time)}, more than seven days before {format_instant(now)}"
    return ""


def not_paused(scene: Scene) -> Iterator[Refusal]:
    """6. Nothing while the fleet is paused."""
    why = paused(scene.facts.fleet.paused, scene.facts.register, now=scene.plan.now)
    if why:
        yield Refusal(Code.PAUSED, scene.work, why)


def paused(by_settings: bool, register: Register | None, *, now: datetime) -> str:
    """Why nothing may be applied at `now`, or nothing."""
    pause = register.pause if register else None
    if by_settings:
        return "helium.yaml says paused: true"
    if pause is not None and pause.holds(now):
        until = f" until {format_instant(pause.until)}" if pause.until else ""
        return f"{pause.by} paused the fleet{until}: {pause.why} (end it with helium pause --end)"
    return ""


def readable(scene: Scene) -> Iterator[Refusal]:
    """7. A file that cannot be read keeps its stack until the deadline of its last valid spec."""
    for change in scene.plan.destroys:
        file, record = scene.facts.specs.get(change.name), scene.record(change.name)
        overdue = record is not None and record.deadline <= scene.plan.now
        if isinstance(file, Unread) or (isinstance(file, Unreadable) and not overdue):
            yield Refusal(Code.SPEC_UNREADABLE, (change.name,), f"the file of {change.name} could not be read")


def facts_known(scene: Scene) -> Iterator[Refusal]:
    """8. Missing facts never lead to a destroy: no record, no mark, or a mark of another fleet, name or life."""
    for change in scene.plan.taking:
        why = _missing(change, scene.record(change.name), facts=scene.facts)
        if why:
            yield Refusal(Code.NO_RECORD, (change.name,), f"{change.name}: {why}")


def _missing(change: Work, record: Record | None, *, facts: Facts) -> str:
    if record is None:
        return "there is no record of it"
    if change.stack not in facts.marks:
        return "its stack was not opened, so nobody knows whose it is"
    mark = facts.marks[change.stack]
    if mark is None:
        half = record.phase in (Phase.DELETING, Phase.GONE) or record.spec_blob is None
        return "" if half and change.stack in facts.bare else "its stack carries no mark"
    if mark.fleet != facts.fleet.name:
        return f"its stack carries the mark of fleet {mark.fleet}"
    return "" if same_life(record, mark) else "the mark in its stack is of another name or life than the record"


def unprotected(scene: Scene) -> Iterator[Refusal]:
    """9. What was protected when it was last applied is not destroyed."""
    for change in scene.plan.taking:
        record = scene.record(change.name)
        if record is not None and record.protected:
            yield Refusal(Code.PROTECTED, (change.name,), f"{change.name} was protected when it was last applied")


def backend_known(scene: Scene) -> Iterator[Refusal]:
    """10. While its file is there, a stack is kept when its backend is unknown or changed."""
    for change in scene.plan.destroys:
        file = scene.facts.specs.get(change.name)
        if file is not None and change.backend not in scene.facts.recipes:
            yield Refusal(Code.BACKEND_UNKNOWN, (change.name,), f"{change.name}: backend {change.backend} is unknown")
        elif isinstance(file, Spec) and file.backend != change.backend and not change.again:
            yield Refusal(Code.BACKEND_CHANGED, (change.name,), f"{change.name}: its file says {file.backend}")


def deadline_recorded(scene: Scene) -> Iterator[Refusal]:
    """12. Expired is only what an earlier pass recorded with that deadline, or an earlier one, while it lay ahead."""
    for change in scene.plan.destroys:
        record = scene.record(change.name)
        if change.code is Code.EXPIRED and (record is None or record.deadline > scene.plan.now):
            sentence = f"{change.name}: no earlier pass recorded that deadline while it lay ahead"
            yield Refusal(Code.DEADLINE_MOVED, (change.name,), sentence)


def few_deletes(scene: Scene) -> Iterator[Refusal]:
    """14. No more names than the limit in 24 hours that neither expired nor were asked for."""
    names = tuple(change.name for change in scene.plan.destroys if not _granted(change))
    begun = {record.name for record in scene.facts.records.values() if _begun_unasked(record, scene.plan.now)}
    count = len({*names, *begun, *scene.facts.recent_deletes})
    limit = scene.facts.fleet.limits.deletes
    if names and count > limit and scene.overrides.allow_deletes != deletes_digest(names):
        sentence = f"{count} workspaces in 24 hours would go that neither expired nor were asked for; {limit} may"
        yield Refusal(Code.TOO_MANY, names, sentence, f"--allow-deletes {deletes_digest(names)}")


def deletes_digest(names: Iterable[str]) -> str:
    """What `--allow-deletes` takes: the digest of exactly those names."""
    return digest(sorted(names))[:16]


def _granted(change: Destroy) -> bool:
    return change.code is Code.EXPIRED or change.asked in GRANTED


def _begun_unasked(record: object, now: datetime) -> bool:
    """Told by its record where the log has no line: it is at work, or was killed before its line was written."""
    if not isinstance(record, Record) or record.code == Code.EXPIRED:
        return False
    lately = record.emptied is not None and record.emptied > now - DAY and record.code in COUNTED
    if record.phase is not Phase.DELETING and not lately:
        return False
    return record.removed is None or record.removed.asked not in GRANTED


def some_spec_left(scene: Scene) -> Iterator[Refusal]:
    """15. When no spec is left at all, only what expired or was asked for goes."""
    if not scene.facts.specs:
        names = tuple(change.name for change in scene.plan.destroys if not _granted(change))
        yield Refusal(Code.NO_SPECS, names, "there is no spec left in workspaces/; that looks like an accident")


def as_expected(scene: Scene) -> Iterator[Refusal]:
    """16. Nothing on a plan that differs from `--expect`, and no removal that its pull request did not show."""
    if scene.overrides.expect is not None and scene.overrides.expect != scene.plan.digest:
        sentence = f"the plan is {scene.plan.digest}, not {scene.overrides.expect} as expected"
        yield Refusal(Code.NOT_EXPECTED, scene.work, sentence)
    unshown = tuple(change.name for change in scene.plan.destroys if change.asked == "unshown")
    yield Refusal(Code.UNSHOWN, unshown, "the pull request that removed it was merged without showing that")


Brake = Callable[[Scene], Iterator[Refusal]]

BRAKES: tuple[Brake, ...] = (
    whole,
    ours,
    nothing_lost,
    history,
    clock,
    not_paused,
    readable,
    facts_known,
    unprotected,
    backend_known,
    deadline_recorded,
    few_deletes,
    some_spec_left,
    as_expected,
)


def moved(
    change: Work, *, entries: Iterable[Entry], register: Register | None, by_settings: bool, now: datetime
) -> str:
    """13. Why it is dropped at the last look: the file came back, changed or went, or the fleet was paused."""
    blobs = {entry.blob for entry in entries if entry.name == change.name}
    if blobs - {change.blob}:
        return "its file came back or changed in the meantime"
    if not isinstance(change, Destroy) and not blobs:
        return "its file was removed in the meantime"
    return paused(by_settings, register, now=now)


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
