"""What a round notes because it looked, whatever it may apply. This only fills the writer.

The next pass can only call a deadline passed, or a file removed, that an earlier one has seen. Names at work are left
alone: what they look like now is half of a change. `seen` does not move beyond a commit that touched one of them, or a
removal and a new owner's file in between would read as an edit later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from helium.core.deadlines import format_instant
from helium.core.digest import digest
from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine
from helium.core.observation import Observation
from helium.core.plan import Code
from helium.core.record import Record
from helium.core.run import Clock, Run
from helium.ports import Ports
from helium.reconcile import leftovers
from helium.reconcile.decide import Decided
from helium.reconcile.guard import history_was_rewritten
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.outcome_lines import OutcomeLines
from helium.reconcile.record_observation import changed_records, updated_fleet_record


def first_fleet_record(decided: Decided, run: Run) -> FleetRecord:
    """The fleet's record that a pass goes on from. A new fleet's gets an id, and the marker that is to be made."""
    observed = decided.observed
    founded = digest([run.id, observed.commit, format_instant(decided.plan.now)])
    known = observed.fleet_record or FleetRecord(fleet=observed.fleet.name, id=founded[:16])
    return known if known.marker else replace(known, marker="pending")


def noted(
    decided: Decided, *, writer: LedgerWriter, ports: Ports, run: Run, clock: Clock, touched: Collection[str]
) -> Observation:
    """Fill the writer with what was seen. Returns the observation with it: what is put back is put back to that.

    `touched`: the names that commits since `seen` touched; it may be empty where nothing is at work.
    """
    observed, plan = decided.observed, decided.plan
    if not any(refusal.code is Code.HISTORY for refusal in plan.refusals):
        _note_fleet(decided, writer, ports=ports, touched=touched)
    if history_was_rewritten(observed):
        # A removal that only a rewritten main shows never happened.
        return observed
    # In a pass's first round, what is gone was removed by another pass, which may have been killed.
    first = writer.commits == 0
    log, changed = OutcomeLines(observed, run.id), changed_records(plan, observed, now=clock(), believed=decided.dated)
    for name, record in changed.items():
        before = writer.record(name)
        cut_short = record is None and before is not None and (first or bool(before.error))
        if before is not None and cut_short and not leftovers.removed(ports.engine, before):
            continue
        writer.put(name, record, *_lines(before, record, log=log, clock=clock))
    records = {**observed.records, **changed}
    return replace(observed, records={name: one for name, one in records.items() if one is not None})


def _note_fleet(decided: Decided, writer: LedgerWriter, *, ports: Ports, touched: Collection[str]) -> None:
    """Fill the writer with what was seen of the fleet: up to which commit, and when."""
    observed = decided.observed
    stays = not observed.at_work.isdisjoint(touched)
    # History up to `seen` is read again, and must find the requests again that came with it.
    landed = frozenset[str]() if stays else observed.landed
    read_with = ports.specs.read_with(observed.fleet)
    writer.update_fleet_record(
        lambda known: updated_fleet_record(
            known,
            replace(observed, landed=landed),
            read_with=read_with,
            accepted=observed.descends is True or (known.marker == "pending" and known.accepted is None),
            seen=known.seen if stays else observed.commit,
            now=decided.dated or decided.plan.now,
        )
    )


def _lines(before: Record | None, record: Record | None, *, log: OutcomeLines, clock: Clock) -> Iterator[LogLine]:
    """What the log says of a look, which is little: what was announced is gone, or it counts for another team."""
    if before is not None and record is None and before.emptied is None:
        yield log.of_gone(before, now=clock())
    elif before is not None and record is not None and record.team != before.team:
        yield log.of_move(record, now=clock())
