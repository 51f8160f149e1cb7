"""The lease: the right to apply, which one pass at a time has. It is in the fleet's record, and runs out.

A pass takes it in the commit that announces its work (`LedgerWriter.take_lease`), each push moves its end, and the last
commit gives it back. Who may take it over, `Run.free` says; who was first, the ledger's merge decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from helium.core.fleet_record import FleetRecord, Waiting
from helium.core.run import Clock, Run
from helium.errors import LeaseTakenError
from helium.ports.ledger import Ledger, Writes
from helium.reconcile.stack_locks import LOCK_GRACE

Done = TypeVar("Done")
LOOK_AGAIN = 2.0
"""Seconds between two looks at a lease that another pass holds."""
WAITS_FOR = timedelta(minutes=2)
"""For how long a wish for the lease counts: whoever lives renews it."""


def lease_length(timeout: timedelta) -> timedelta:
    """How far each push moves the lease's end: no operation outlives its timeout, and locks get five minutes more."""
    return timeout + LOCK_GRACE


@dataclass(frozen=True, slots=True)
class Turn:
    """One run's wait for the lease. `note` tells a person, `sleep` lets so many seconds pass.

    `asks`: the pass that holds the lease may take new work for ever, so it is asked to come to an end.
    """

    ledger: Ledger
    run: Run
    clock: Clock
    note: Callable[[str], None]
    sleep: Callable[[float], None]
    asks: bool

    def attempt(self, attempt: Callable[[], Done], *, give_up_at: datetime) -> Done:
        """What comes of it once nobody else is before us. `LeaseTakenError` when it is time to give up."""
        while True:
            try:
                return attempt()
            except LeaseTakenError as taken:
                if self.clock() >= give_up_at:
                    raise
                self.note(str(taken))
            # A plan from before the wait would be out of date, so it begins with a look.
            self.wait(give_up_at=give_up_at)

    def wait(self, *, give_up_at: datetime) -> None:
        """Return when it is this run's turn, or when it is time to give up: the next attempt says which."""
        noted = None
        while self.clock() < give_up_at:
            holder = before_us(self.ledger.fleet_record(), self.run, now=self.clock())
            if not holder:
                break
            if holder != noted:
                self.note(f"Waiting for another pass: {holder}")
            noted = holder
            if self.asks:
                _ask(self.ledger, self.run, now=self.clock())
            self.sleep(LOOK_AGAIN)


def before_us(fleet_record: FleetRecord | None, run: Run, *, now: datetime) -> str:
    """Whose turn it is before this run's: who holds the lease, or has asked for it; nothing where it is this run's."""
    if fleet_record is None:
        return ""
    if not run.free(fleet_record.lease, now):
        return str(fleet_record.lease)
    waiting = fleet_record.waiting
    if waiting is not None and waiting.run != run.id and now < waiting.until:
        return f"{waiting.run} has waited for the lease, and is next"
    return ""


def _ask(ledger: Ledger, run: Run, *, now: datetime) -> None:
    snapshot = ledger.read()
    known = snapshot.fleet_record
    if known is None or (known.waiting is not None and now + WAITS_FOR / 2 < known.waiting.until):
        return
    asked = replace(known, waiting=Waiting(run.id, now + WAITS_FOR))
    ledger.write(Writes(fleet_record=asked, message="Wait for the lease"), on=snapshot)
