"""A plan that several machines share: opening what one step left, carrying out a shard of it, and ending the pass."""

from __future__ import annotations

from collections.abc import Callable

from helium.app.host_reporter import HostReporter, commenting
from helium.app.live_reporter import reporting
from helium.app.notify_process import tell_now
from helium.app.open_fleet import OpenFleet
from helium.app.pass_status import tell
from helium.app.run import clock, run_here
from helium.core.plan import Outcome
from helium.core.sharded_plan import Shard, ShardedPlan
from helium.ports.progress import Progress
from helium.reconcile.pass_status import PassEnd
from helium.reconcile.shards import Shards


def open_planned(open_at: Callable[[str | None], OpenFleet], commit: str) -> tuple[OpenFleet, ShardedPlan]:
    """The plan in that commit of the ledger, and the fleet as the plan saw it, its own backends included.

    `open_at` opens the fleet at a commit of main, or at its head.
    """
    sharded = open_at(None).ledger.plan(commit)
    return open_at(sharded.commit), sharded


def carry_out(
    fleet: OpenFleet, sharded: ShardedPlan, *, shard: Shard, parallel: int | None, progress: Progress
) -> tuple[Outcome, ...]:
    """The part of the plan that is this shard's.

    The first one alone goes on in the comments of pull requests: two could make two of one, and all tire the host.
    """
    fleet.live.as_part(shard.number)
    with (
        fleet.ports(parallel=parallel) as ports,
        reporting(fleet, progress, engine=ports.engine) as reported,
        commenting(fleet, reported, reviews=ports.reviews if shard.number == 1 else None) as told,
    ):
        return Shards(ports, run_here(fleet.settings), told, clock, sharded).carry_out(shard, parallel=parallel)


def close(fleet: OpenFleet, sharded: ShardedPlan, *, progress: Progress) -> tuple[Outcome, ...]:
    """End the pass, whatever the state of its shards; the outcomes of all of them, of which pull requests are told."""
    with fleet.ports(applies=False) as ports:
        outcomes = Shards(ports, run_here(fleet.settings), progress, clock, sharded).close()
        if ports.reviews is not None:
            HostReporter(fleet, progress, reviews=ports.reviews).tell({outcome.name for outcome in outcomes})
    end = PassEnd(
        outcomes,
        sharded.refusals,
        sharded.issues,
        sharded.counts,
        failed_before=sharded.failed_before,
        stuck=sharded.stuck,
    )
    tell(fleet, end, commit=sharded.commit, note=progress.note)
    tell_now(fleet, progress.note)
    return outcomes
