"""The end of a pass: records of what is proven gone are dropped, the pass is noted, the lease is given back.

It believes a listing only where the fleet's marker is in it. It decides nothing else: by now the work is done, or left
to the next pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from helium.core.fleet_record import UNNOTED, FleetRecord, LastPass
from helium.core.plan import Destroy, Work
from helium.core.record import Phase
from helium.reconcile import leftovers
from helium.reconcile.apply import ApplyContext


@dataclass(frozen=True, slots=True)
class FinishInput:
    """What the end needs of the beginning. `files`: names that a file holds. `clock_is_trusted`: note the time.

    `good`: no safeguard held all of its work.
    """

    work: tuple[Work, ...]
    counts: Mapping[str, int]
    files: frozenset[str]
    clock_is_trusted: bool
    good: bool = True


def finish(context: ApplyContext, ending: FinishInput, *, seconds: float) -> None:
    """One last commit. `seconds`: how long the pass took."""
    _drop_gone_records(context, ending)
    context.looker.again(context.observed.records)
    writer, now = context.writer, context.clock()
    writer.give_lease_back()
    # An idle fleet passes every few minutes for ever, and a commit each time would only make the ledger longer. A time
    # from a wrong clock would make every later one look wrong.
    if ending.clock_is_trusted and (ending.work or _is_due(writer.fleet_record.last_pass, now)):
        note_pass(context, ending.counts, seconds=seconds, good=ending.good)
    writer.flush("End a pass" if ending.work else "Note a pass")


def note_pass(context: ApplyContext, counts: Mapping[str, int], *, seconds: float, good: bool) -> None:
    """Keep when this pass looked last. `seconds`: for how long it has been at work."""
    run, now = context.run, context.clock()
    every = run.every or context.observed.fleet.schedule.every.total_seconds()

    def noted(known: FleetRecord) -> FleetRecord:
        before = known.last_pass
        # The rounds of one pass are no gaps between passes.
        gaps = () if before is None else before.gaps if before.run == run.id else before.gaps_until(now)
        last = LastPass(now, context.observed.commit, round(seconds, 1), counts, run.id, run.url, every, gaps)
        # One that was held as a whole leaves the heartbeat as it was.
        kept = None if before is None else before.good or before.time
        return replace(known, last_pass=replace(last, good=now if good else kept))

    context.writer.update_fleet_record(noted)


def _drop_gone_records(context: ApplyContext, ending: FinishInput) -> None:
    ended = [(change, context.writer.record(change.name)) for change in ending.work if isinstance(change, Destroy)]
    gone = [(change, record) for change, record in ended if record is not None and record.phase is Phase.GONE]
    if not gone:
        # A later round has dropped them, by a listing of its own.
        return
    # A second, later source: the export said that the stack was empty, the listing says that its name is gone too.
    listing = context.ports.engine.observe()
    listed = {stack.id for stack in listing.stacks}
    for change, record in gone:
        # A file that still holds the name keeps its record: without it, the same file would be a new workspace.
        proven = listing.marker and change.stack not in listed and change.name not in ending.files
        # With an error, `remove` was cut short.
        if proven and (not record.error or leftovers.removed(context.ports.engine, record)):
            context.writer.put(change.name, None)


def _is_due(last: LastPass | None, now: datetime) -> bool:
    return last is None or now - last.time >= UNNOTED
