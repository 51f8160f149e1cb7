"""What an order changes in the fleet's record where nothing else is needed: the commit that writes it carries it out.

Pure. It refuses nothing but a lease that is another run's; who may order is judged before.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from helium.core.deadlines import format_instant, parse_lifetime
from helium.core.fleet_record import FleetRecord, Pause
from helium.core.order import Order, OrderKind
from helium.errors import UsageError


def carried_out(order: Order, known: FleetRecord, *, now: datetime) -> tuple[FleetRecord, str]:
    """The fleet's record after it, and what was done."""
    match order.kind:
        case OrderKind.PAUSE:
            until = now + parse_lifetime(order.argument) if order.argument else None
            pause = Pause(order.by, order.why, now, until)
            end = f" until {format_instant(until)}" if until else ""
            return replace(known, pause=pause), f"The fleet is paused{end}: {order.why}"
        case OrderKind.RESUME:
            return replace(known, pause=None), "The pause has ended."
        case OrderKind.ACCEPT:
            accepted = replace(known, accepted=order.argument)
            return accepted, f"{order.argument[:10]} is accepted; the next pass continues from it."
        case OrderKind.END_LEASE:
            if known.lease is None or known.lease.run != order.argument:
                raise UsageError(f"{order.argument} does not hold the lease; helium ledger show says who does.")
            # Counted up, so that nothing of this run is written under the lease that was ended.
            ended = replace(known, lease=None, counter=known.counter + 1)
            return ended, f"The lease of {order.argument} is ended."
        case _:
            return known, "The log is accepted; the next pass continues from it."
