"""Brakes 1 to 6: whether what was seen may be believed, and whether anything may be done at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from helium.core.expiry import format_instant
from helium.core.facts import Facts
from helium.core.plan import Code, Refusal
from helium.core.register import Register
from helium.reconcile.guard.scene import Scene

CLOCK_SKEW = timedelta(minutes=5)
LONGEST_SLEEP = timedelta(days=7)


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
    accepted = register.accepted if register else None
    accept = f"helium ledger accept {commit}"
    if not scene.facts.on_main:
        yield Refusal(Code.HISTORY, scene.work, f"{commit[:10]} is not the main branch as it is now")
    elif register is not None and accepted is None and scene.taking:
        sentence = "this ledger has accepted no commit yet, so nothing is destroyed"
        yield Refusal(Code.HISTORY, scene.taking, sentence, accept)
    elif accepted is not None and strays(scene.facts):
        sentence = f"main at {commit[:10]} does not go on from {accepted[:10]}, accepted before"
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


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
