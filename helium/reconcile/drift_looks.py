"""Looks at workspaces for drift: what lives beside what was made. It changes nothing, in the cloud or in the ledger.

Only a workspace that is ready is looked at: any other is on its way, and differs from what it is to be. What cannot be
looked at is said, and is never the same as no drift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from time import monotonic

from helium.core.drift import DriftLook
from helium.core.fleet import Fleet
from helium.core.record import Phase, Record
from helium.errors import EngineError
from helium.ports.engine import Engine


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
    goes_on: Callable[[], bool] = lambda: True,
) -> Iterator[LookedAt]:
    """Each look as it ends. `goes_on`: asked before each; what was not begun then is left out."""

    def one(record: Record) -> LookedAt | None:
        if not goes_on():
            return None
        began = monotonic()
        look = _look(record, engine=engine, fleet=fleet)
        return LookedAt(record.name, look, round(monotonic() - began, 1))

    with ThreadPoolExecutor(max(1, min(parallel, len(records))), thread_name_prefix="drift") as pool:
        begun = [pool.submit(one, record) for record in records]
        yield from (found for each in as_completed(begun) if (found := each.result()) is not None)


def _look(record: Record, *, engine: Engine, fleet: Fleet) -> DriftLook:
    try:
        return engine.drift(record.stack_id, ignored=fleet.wanted_drift(record.backend))
    except EngineError as error:
        return DriftLook(unseen=(error.what,))
