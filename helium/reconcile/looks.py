"""Looks into the clusters of workspaces: after each change, and again at the end of a pass while one is not well.

What was seen is kept in the record, for people; no plan goes by it. A look changes nothing, holds nothing up, and is
made by a pass that writes anyway, or that nobody else's lease forbids to. It refuses to fail: a look that could not be
made is noted as that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from helium.core.fleet import Fleet
from helium.core.health import WorkspaceHealth, line
from helium.core.probes import probe_of
from helium.core.record import Phase, Record
from helium.core.run import Clock
from helium.core.transitions import looked_at
from helium.errors import EngineError, EngineInterruptedError
from helium.ports.engine import Engine
from helium.reconcile.ledger_writer import LedgerWriter

AT_ONCE = 8
MOST = 40
"""Looks at the end of one pass. The others are the first of the next one."""
BUDGET = 15.0
"""Seconds in which they begin: whoever waits for the lease must not wait for a cluster that does not answer."""


@dataclass(frozen=True, slots=True)
class Looker:
    """What looks for one pass, and notes what it saw. `fleet`: what its settings say of probes; `budget`: `BUDGET`."""

    fleet: Fleet
    engine: Engine
    writer: LedgerWriter
    clock: Clock
    budget: float = BUDGET

    def after_change(self, record: Record) -> str:
        """A change has ended, well or not; this is its record since, which the writer has. Why it is not well."""
        seen = self._seen(record)
        self._note(record, seen, acted=True)
        return seen.problem if seen else ""

    def again(self, names: Iterable[str]) -> None:
        """Look at those of these names that were not well, and are due. Nothing is at work on them."""
        known = [record for name in sorted(names) if (record := self.writer.record(name)) is not None]
        due = due_looks(known, self.clock())
        until = monotonic() + self.budget

        def seen_in_time(record: Record) -> WorkspaceHealth | None:
            return self._seen(record) if monotonic() < until else record.health

        if due:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look") as pool:
                for record, seen in zip(due, pool.map(seen_in_time, due), strict=True):
                    self._note(record, seen, acted=False)

    def _seen(self, record: Record) -> WorkspaceHealth | None:
        # What has failed is not expected to answer.
        probe = probe_of(record, self.fleet) if record.phase is Phase.READY else None
        try:
            return self.engine.look(record.stack_id, now=self.clock(), probe=probe)
        except EngineInterruptedError:
            # Whoever stops the pass has stopped the look, which says nothing of the cluster.
            return record.health
        except EngineError as error:
            return WorkspaceHealth(self.clock(), trouble=line(error.what))

    def _note(self, record: Record, seen: WorkspaceHealth | None, *, acted: bool) -> None:
        if seen != record.health:
            self.writer.put(record.name, looked_at(record, seen, acted=acted))


def due_looks(records: Iterable[Record], now: datetime) -> Sequence[Record]:
    """The records of workspaces that were not well, and are to be looked at again by now; what waits longest first."""
    due = [
        (record.health.next_at, record.name, record)
        for record in records
        if record.phase in (Phase.READY, Phase.FAILED)
        and record.health is not None
        and record.health.next_at is not None
        and record.health.next_at <= now
    ]
    return [record for _, _, record in sorted(due, key=lambda each: each[:2])[:MOST]]
