"""Sets the status of main's commit at the host: how the pass that planned it ended, or that no pass comes.

It comes after everything else, once for a pass, and takes ten seconds at most. Refuses to fail anything: a host that is
away, or a token without the right, is one sentence to whoever ran the pass.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from helium.core.heartbeat import heartbeat
from helium.core.host_place import NoHost
from helium.errors import HeliumError
from helium.reconcile.load import Selection
from helium.reconcile.pass_status import CONTEXT, PassEnd, failed_before, of_heartbeat, of_pass

if TYPE_CHECKING:
    from collections.abc import Callable

    from helium.app.open_fleet import OpenFleet
    from helium.core.observation import Observation
    from helium.core.pull_request import CommitStatus
    from helium.reconcile.loop import PassOptions, Result

WITHIN = 5.0
"""Seconds that the host may take for each of the two calls, with all repetitions."""


def tell_of_pass(fleet: OpenFleet, result: Result, *, options: PassOptions, note: Callable[[str], None]) -> None:
    """Say on main's commit how the pass ended. One that only showed, or that a person aimed, says nothing."""
    if options.dry or result.stopped or options.selection != Selection():
        return
    plan = result.plan
    shards = len(result.shards) if result.sharded else 0
    end = PassEnd(
        result.of_first_plan, plan.refusals, plan.issues, plan.counts, shards, failed_before(plan), plan.stuck
    )
    tell(fleet, end, commit=plan.commit, note=note)


def tell(fleet: OpenFleet, end: PassEnd, *, commit: str, note: Callable[[str], None], within: float = WITHIN) -> None:
    """Say on this commit how a pass ended."""
    try:
        _put(fleet, of_pass(end, url=fleet.settings.run_url), commit=commit, within=within)
    except HeliumError as error:
        note(f"Main's commit does not show how this pass ended: {error}")


def tell_if_late(fleet: OpenFleet, observed: Observation, *, now: datetime) -> None:
    """Say on main's head that no good pass comes, if that is so. Where it cannot be said, the pages say it as well."""
    beat = heartbeat(observed.fleet_record, now=now)
    if beat is not None and beat.is_late(now):
        with suppress(HeliumError):
            _put(fleet, of_heartbeat(beat, now=now, url=fleet.settings.run_url), commit=observed.commit)


def _put(fleet: OpenFleet, status: CommitStatus, *, commit: str, within: float = WITHIN) -> None:
    from helium.app.host import find_host

    host = find_host(fleet.clone, fleet.fleet, settings=fleet.settings, within=within)
    if isinstance(host, NoHost):
        return
    try:
        # A host keeps each status that is added, up to a thousand for a commit, and idle passes say the same.
        known = next((each for each in host.statuses(commit) if each.context == CONTEXT), None)
        if known is None or (known.state, known.description) != (status.state, status.description):
            host.set_status(commit, status)
    finally:
        host.close_connections()
