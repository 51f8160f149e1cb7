"""Brakes 1 to 6: whether what was seen may be believed, and whether anything may be done at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from helium.core.expiry import format_instant
from helium.core.fleet_record import FleetRecord
from helium.core.observation import Observation
from helium.core.plan import Code, Refusal
from helium.reconcile.guard.guard_input import GuardInput

CLOCK_SKEW = timedelta(minutes=5)
LONGEST_SLEEP = timedelta(days=7)


def whole(given: GuardInput) -> Iterator[Refusal]:
    """1. No destroy unless repository, settings, schema, ledger and listing could all be read."""
    if given.observed.gaps:
        sentence = f"not everything could be read ({'; '.join(given.observed.gaps)}), so nothing is destroyed"
        yield Refusal(Code.INCOMPLETE_OBSERVATION, given.taking, sentence)


def ours(given: GuardInput) -> Iterator[Refusal]:
    """2. Nothing unless the state holds this fleet's marker, or state and ledger are both new."""
    fleet_record, listing = given.observed.fleet_record, given.observed.listing
    made = fleet_record is not None and fleet_record.marker == "made"
    if made and not listing.marker:
        sentence = "the ledger says that this fleet's marker stack was made, but this state does not hold it"
        yield Refusal(Code.FOREIGN_STATE, given.work, sentence, "helium ledger accept-loss --state")
    elif fleet_record is None and (listing.marker or listing.stacks):
        sentence = "the state holds stacks of this fleet, but there is no ledger"
        yield Refusal(Code.FOREIGN_STATE, given.work, sentence, "helium ledger rebuild")
    elif not made and listing.stacks and not listing.marker:
        sentence = "the state holds stacks of this fleet, but not its marker stack"
        yield Refusal(Code.FOREIGN_STATE, given.work, sentence, "helium ledger accept-loss --state")


def nothing_lost(given: GuardInput) -> Iterator[Refusal]:
    """3. Nothing when more than one stack that was alive is no longer listed."""
    lost = tuple(change.name for change in given.plan.changes if change.code is Code.LOST_STACK)
    if len(lost) > 1:
        sentence = f"{len(lost)} stacks that were alive are not in the state: {_some(lost)}"
        yield Refusal(Code.LOST_STACK, given.work, sentence, f"helium ledger accept-loss {' '.join(lost)}")


def history(given: GuardInput) -> Iterator[Refusal]:
    """4. Nothing but main as it is now, and only where it goes on from what was accepted."""
    fleet_record, commit = given.observed.fleet_record, given.observed.commit
    accepted = fleet_record.accepted if fleet_record else None
    accept = f"helium ledger accept {commit}"
    if not given.observed.on_main:
        yield Refusal(Code.HISTORY, given.work, f"{commit[:10]} is not the main branch as it is now")
    elif fleet_record is not None and accepted is None and given.taking:
        sentence = "this ledger has accepted no commit yet, so nothing is destroyed"
        yield Refusal(Code.HISTORY, given.taking, sentence, accept)
    elif accepted is not None and strays(given.observed):
        sentence = f"main at {commit[:10]} does not go on from {accepted[:10]}, accepted before"
        yield Refusal(Code.HISTORY, given.work, sentence, accept)


def strays(observed: Observation) -> bool:
    """Whether main does not go on from what was accepted, so that nothing it shows may be believed."""
    accepted = observed.fleet_record.accepted if observed.fleet_record else None
    return accepted is not None and observed.descends is not True


def clock(given: GuardInput) -> Iterator[Refusal]:
    """5. Nothing expires while the clock cannot be trusted."""
    fault = clock_fault(given.observed, given.plan.now)
    if fault and not given.overrides.clock_is_right:
        names = tuple(change.name for change in given.plan.destroys if change.code is Code.EXPIRED)
        yield Refusal(Code.UNTRUSTED_CLOCK, names, f"{fault}, so nothing expires", "--clock-is-right")


def clock_fault(observed: Observation, now: datetime) -> str:
    """What makes `now` doubtful, or nothing: far from the remote's clock, before the last pass, or long after it."""
    if observed.remote_time is not None:
        if abs(now - observed.remote_time) > CLOCK_SKEW:
            return f"this clock says {format_instant(now)}, the remote's says {format_instant(observed.remote_time)}"
        return ""
    last = observed.fleet_record.last_pass if observed.fleet_record else None
    if last is not None and now < last.time:
        return f"this clock says {format_instant(now)}, before the last pass at {format_instant(last.time)}"
    if last is not None and now > last.time + LONGEST_SLEEP:
        return f"the last pass was at {format_instant(last.time)}, more than seven days before {format_instant(now)}"
    return ""


def not_paused(given: GuardInput) -> Iterator[Refusal]:
    """6. Nothing while the fleet is paused."""
    why = paused(given.observed.fleet.paused, given.observed.fleet_record, now=given.plan.now)
    if why:
        yield Refusal(Code.PAUSED, given.work, why)


def paused(by_settings: bool, fleet_record: FleetRecord | None, *, now: datetime) -> str:
    """Why nothing may be applied at `now`, or nothing."""
    pause = fleet_record.pause if fleet_record else None
    if by_settings:
        return "helium.yaml says paused: true"
    if pause is not None and pause.holds(now):
        until = f" until {format_instant(pause.until)}" if pause.until else ""
        return f"{pause.by} paused the fleet{until}: {pause.why} (end it with helium pause --end)"
    return ""


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
