"""The lease: the right to apply, which one pass at a time has. It is in the fleet's record, and runs out.

A pass takes it in the commit that announces its work (`LedgerWriter.take_lease`), each push moves its end, and the last
commit gives it back. Who may take it over, `Run.free` says; who was first, the ledger's merge decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import sleep

from helium.core.fleet_record import Lease
from helium.core.run import Clock, Run
from helium.ports.ledger import Ledger
from helium.reconcile.stack_locks import LOCK_GRACE

LOOK_AGAIN = 2.0
"""Seconds between two looks at a lease that another pass holds."""


def lease_length(timeout: timedelta) -> timedelta:
    """How far each push moves the lease's end: no operation outlives its timeout, and locks get five minutes more."""
    return timeout + LOCK_GRACE


def lease_of_another(ledger: Ledger, run: Run, *, now: datetime) -> Lease | None:
    """The lease that keeps this run from applying; nothing when it is free."""
    fleet_record = ledger.fleet_record()
    lease = fleet_record.lease if fleet_record else None
    return None if run.free(lease, now) else lease


def await_free(ledger: Ledger, run: Run, *, clock: Clock, give_up_at: datetime, note: Callable[[str], None]) -> None:
    """Return when the lease is free, or when it is time to give up: the next attempt says which."""
    noted = None
    while (lease := lease_of_another(ledger, run, now=clock())) and clock() < give_up_at:
        if lease.run != noted:
            note(f"Waiting for another pass: {lease}")
        noted = lease.run
        sleep(LOOK_AGAIN)
