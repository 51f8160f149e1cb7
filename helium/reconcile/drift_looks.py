"""Looks at workspaces for drift: what lives beside what was made. It changes nothing in the cloud.

Only a workspace that is ready is looked at: any other is on its way, and differs from what it is to be. What cannot be
looked at is said, and is never the same as no drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from helium.core.drift import Drift, DriftLook, is_to_be_repaired, noted
from helium.core.fleet import DriftSettings, Fleet
from helium.core.record import Phase, Record
from helium.errors import EngineError, HeliumError
from helium.ports.engine import Engine

if TYPE_CHECKING:
    from helium.reconcile.pass_options import PassOptions
    from helium.reconcile.term import Term

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One workspace and what was found, in so many seconds."""

    name: str
    look: DriftLook
    seconds: float = 0.0


def can_be_looked_at(record: Record) -> bool:
    """Whether its stack is whole: made, and nothing is at work on it."""
    return record.phase is Phase.READY and record.alive


def look_at(
    records: Sequence[Record],
    *,
    engine: Engine,
    fleet: Fleet,
    parallel: int,
    within: timedelta | None = None,
) -> Iterator[LookedAt]:
    """Each look as it ends. `within`: then nobody waits any longer, and what has not ended is left out."""

    def one(record: Record) -> LookedAt:
        began = monotonic()
        look = _look(record, engine=engine, fleet=fleet)
        return LookedAt(record.name, look, round(monotonic() - began, 1))

    pool = ThreadPoolExecutor(max(1, min(parallel, len(records))), thread_name_prefix="drift")
    try:
        begun = [pool.submit(one, record) for record in records]
        with suppress(TimeoutError):
            yield from (each.result() for each in as_completed(begun, within.total_seconds() if within else None))
    finally:
        # One that hangs ends with the engine.
        pool.shutdown(wait=within is None, cancel_futures=True)


def due_for_a_look(records: Iterable[Record], settings: DriftSettings, *, now: datetime) -> tuple[Record, ...]:
    """Those that nobody looked at for the longest, as many as one pass may look at."""
    looks = [(each.drift.looked if each.drift else _NEVER, each) for each in records if can_be_looked_at(each)]
    due = [(looked, each.name, each) for looked, each in looks if looked + settings.every <= now]
    return tuple(each for _, _, each in sorted(due, key=lambda one: one[:2])[: settings.sample])


def finds_drift(term: Term, options: PassOptions) -> bool:
    """Whether the look of a pass, after its own work, found something that it is to put right in another round.

    A pass fails for nothing that happens here.
    """
    last, settings = term.last, term.last.observed.fleet.drift
    # A state that may be another fleet's says nothing, and by a wrong clock every look would be due, or none ever.
    is_believed = last.trusted and not last.plan.state_is_doubtful
    if settings is None or not (is_believed and term.may_note and options.looks_for_drift):
        return False
    try:
        found = look_for_drift(term, settings)
    except HeliumError as error:
        term.progress.note(f"This pass cannot note what has drifted: {error}")
        return False
    return found and not options.sharded


def look_for_drift(term: Term, settings: DriftSettings) -> bool:
    """Look at those that are due, and note what was found. Whether that is to be put right."""
    fleet = term.last.observed.fleet
    now = term.clock()
    names = term.last.observed.records
    known = [record for name in names if (record := term.writer.record(name)) is not None]
    due = due_for_a_look(known, settings, now=now)
    if not due:
        return False
    parallel = term.context.parallel
    looks = look_at(due, engine=term.ports.engine, fleet=fleet, parallel=parallel, within=settings.budget)
    found, seen = {each.name: each.look for each in looks}, list[Drift]()
    for record in due:
        if look := found.get(record.name):
            seen.append(noted(look, before=record.drift, now=now))
            term.writer.put(record.name, replace(record, drift=seen[-1]))
    term.writer.flush("Note what has drifted")
    return any(is_to_be_repaired(each, settings) for each in seen)


def _look(record: Record, *, engine: Engine, fleet: Fleet) -> DriftLook:
    try:
        return engine.drift(record.stack_id, ignored=fleet.wanted_drift(record.backend))
    except EngineError as error:
        return DriftLook(unseen=(error.what,))
