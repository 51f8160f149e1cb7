"""One pass over a fleet, from the look at main to the last record."""

from __future__ import annotations

from collections.abc import Callable

from helium.app.host_reporter import telling
from helium.app.notify_process import telling_people
from helium.app.open_fleet import OpenFleet
from helium.app.order_repairs import repairs_of
from helium.app.pass_status import tell_of_pass
from helium.app.run import clock, run_here
from helium.core.plan import Plan
from helium.ports.progress import Progress
from helium.reconcile.loop import Pass, PassOptions, Result


def reconcile(fleet: OpenFleet, options: PassOptions, *, progress: Progress, show: Callable[[Plan], None]) -> Result:
    """Plan, show the plan, and carry it out; the errors are those of every port. The engine is closed at the end."""
    # The engine is closed, and the host knows how the pass ended, before anybody waits for a channel.
    with telling_people(fleet, progress, dry=options.dry) as told:
        with (
            fleet.ports(parallel=options.parallel, applies=not options.dry) as ports,
            telling(fleet, told, ports=ports) as heard,
        ):
            result = Pass(ports, run_here(fleet.settings), heard, clock, show, repairs=repairs_of(fleet)).go(options)
        tell_of_pass(fleet, result, options=options, note=progress.note)
    return result
