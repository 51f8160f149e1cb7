"""The end of a pass: what is proven gone is dropped, the last pass written, the lease given back.

It believes a listing only where the fleet's marker is in it. It decides nothing else: what was to be done is done by
now, or left to the next pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from helium.core.fleet_record import UNNOTED, LastPass
from helium.core.plan import Destroy, Work
from helium.core.record import Phase
from helium.reconcile.apply import ApplyContext


@dataclass(frozen=True, slots=True)
class FinishInput:
    """What the end must know: the work, the plan's counts, names that a file holds, whether the clock may be noted."""

    work: tuple[Work, ...]
    counts: Mapping[str, int]
    files: frozenset[str]
    trusted: bool


def finish(context: ApplyContext, finish_input: FinishInput, *, seconds: float) -> None:
    """One last commit. `seconds`: how long the pass took."""
    if any(isinstance(change, Destroy) for change in finish_input.work):
        _drop_the_gone(context, finish_input)
    writer, now = context.writer, context.clock()
    writer.give_lease_back()
    if finish_input.trusted and (finish_input.work or _due(writer.fleet_record.last_pass, now)):
        run, took = context.run, round(seconds, 1)
        last = LastPass(now, context.observed.commit, took, finish_input.counts, run.id, run.url, run.every)
        writer.enter(replace(writer.fleet_record, last_pass=last))
    writer.flush("End a pass" if finish_input.work else "Note a pass")


def _drop_the_gone(context: ApplyContext, finish_input: FinishInput) -> None:
    listing = context.ports.engine.observe()
    listed = {stack.id for stack in listing.stacks}
    for change in finish_input.work:
        record = context.writer.record(change.name)
        if not isinstance(change, Destroy) or record is None or record.phase is not Phase.GONE:
            continue
        if listing.marker and change.stack not in listed and change.name not in finish_input.files:
            context.writer.put(change.name, None, context.lines.gone(record, now=context.clock()))


def _due(last: LastPass | None, now: datetime) -> bool:
    return last is None or now - last.time >= UNNOTED
