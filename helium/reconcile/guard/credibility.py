"""Safeguards about the whole pass: may what was seen be believed, and may anything be done at all?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from helium.core.deadlines import format_instant
from helium.core.fleet_record import FleetRecord
from helium.core.observation import Observation
from helium.core.plan import Change, Code, Refusal
from helium.reconcile.guard.guard_input import GuardInput

BY_THE_CLOCK = (Code.EXPIRED, Code.DEADLINE_MOVED)
"""Why a workspace goes, where only the time says so."""


def complete_observation(given: GuardInput) -> Iterator[Refusal]:
    """Nothing is destroyed unless repository, settings, ledger and listing could all be read, and fit together.

    The accident: the ledger's log was rewritten by a force-push. Its missing lines would look like a quiet day, and the
    limit on deletes would start again at zero.
    """
    if given.observed.gaps:
        sentence = f"Not everything could be read ({'; '.join(given.observed.gaps)}), so nothing is destroyed."
        yield Refusal(Code.INCOMPLETE_OBSERVATION, given.may_delete, sentence)


def own_state(given: GuardInput) -> Iterator[Refusal]:
    """Nothing is applied unless the state holds this fleet's marker stack, or state and ledger are both new.

    The accident: `state:` names an empty bucket by mistake. Every stack looks lost, and every file looks new.
    """
    fleet_record, listing = given.observed.fleet_record, given.observed.listing
    created = fleet_record is not None and fleet_record.marker == "created"
    if created and not listing.marker:
        sentence = "The ledger says that this fleet's marker stack exists, but it is not in this state."
        yield Refusal(Code.FOREIGN_STATE, given.work, sentence, "helium ledger accept-loss --state")
    elif fleet_record is None and (listing.marker or listing.stacks):
        sentence = "The state holds stacks of this fleet, but there is no ledger."
        yield Refusal(Code.FOREIGN_STATE, given.work, sentence, "helium ledger rebuild")
    elif not created and listing.stacks and not listing.marker:
        sentence = "The state holds stacks of this fleet, but not its marker stack."
        yield Refusal(Code.FOREIGN_STATE, given.work, sentence, "helium ledger accept-loss --state")


def no_stack_lost(given: GuardInput) -> Iterator[Refusal]:
    """Nothing is applied when the state misses more than one stack that existed.

    The accident: somebody restored last week's copy of the state. One missing stack only keeps its own name alone;
    several say that the state is not what it was.
    """
    there = {str(stack.id) for stack in given.observed.listing.stacks}
    lost = tuple(change.name for change in given.plan.changes if _is_lost(change, given, there=there))
    if len(lost) > 1:
        sentence = f"{len(lost)} stacks that existed are not in the state: {_some(lost)}."
        yield Refusal(Code.LOST_STACK, given.work, sentence, f"helium ledger accept-loss {' '.join(lost)}")


def _is_lost(change: Change, given: GuardInput, *, there: Collection[str]) -> bool:
    """Whether its stack is missing, also where another backend's stack has its name."""
    record = given.record(change.name)
    moved = change.code is Code.BACKEND_CHANGED and record is not None and record.alive and record.stack not in there
    return moved or change.code is Code.LOST_STACK


def history(given: GuardInput) -> Iterator[Refusal]:
    """Nothing is applied unless the commit is the tip of main and descends from the last accepted one.

    The accident: somebody force-pushes a branch from last month to main. Every file that was added since looks removed.
    """
    fleet_record, commit = given.observed.fleet_record, given.observed.commit
    accepted = fleet_record.accepted if fleet_record else None
    accept = f"helium ledger accept {commit}"
    if not given.observed.on_main:
        yield Refusal(Code.HISTORY, given.work, f"{commit[:10]} is not the tip of the main branch.")
    elif fleet_record is not None and accepted is None and given.may_delete:
        sentence = "This ledger has not accepted a commit yet, so nothing is destroyed."
        yield Refusal(Code.HISTORY, given.may_delete, sentence, accept)
    elif accepted is not None and history_was_rewritten(given.observed):
        sentence = f"Main at {commit[:10]} does not descend from {accepted[:10]}, the last accepted commit."
        yield Refusal(Code.HISTORY, given.work, sentence, accept)


def history_was_rewritten(observed: Observation) -> bool:
    """Whether main does not descend from the accepted commit, or this clone cannot tell: it proves no removal."""
    accepted = observed.fleet_record.accepted if observed.fleet_record else None
    return accepted is not None and observed.descends is not True


def trusted_clock(given: GuardInput) -> Iterator[Refusal]:
    """Nothing expires while the clock cannot be trusted.

    The accident: a machine comes back from repair with its clock six days ahead, and half of all deadlines have passed,
    also some that were shortened a moment ago.
    """
    if given.clock_problem and not given.overrides.clock_is_right:
        names = tuple(change.name for change in given.plan.destroys if change.code in BY_THE_CLOCK)
        yield Refusal(Code.UNTRUSTED_CLOCK, names, f"{given.clock_problem}, so nothing expires.", "--clock-is-right")


def not_paused(given: GuardInput) -> Iterator[Refusal]:
    """Nothing is applied while the fleet is paused.

    The accident: you pause the fleet to repair the cluster, and the hourly pass destroys what you are looking at.
    """
    # A clock that runs ahead does not end a pause early.
    why = paused(given.observed.fleet.paused, given.observed.fleet_record, now=given.believed_time)
    if why:
        yield Refusal(Code.PAUSED, given.work, why)


def paused(by_settings: bool, fleet_record: FleetRecord | None, *, now: datetime) -> str:
    """Why nothing may be applied at `now`, or nothing."""
    pause = fleet_record.pause if fleet_record else None
    if by_settings:
        return "helium.yaml says paused: true."
    if pause is not None and pause.in_force(now):
        until = f" until {format_instant(pause.until)}" if pause.until else ""
        return f"{pause.by} paused the fleet{until}: {pause.why} (end it with helium pause --end)."
    return ""


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
