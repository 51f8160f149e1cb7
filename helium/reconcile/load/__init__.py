"""Observing: everything that one plan rests on is gathered through the ports, before anything is decided.

It decides nothing about stacks, and it refuses to fill a gap with a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from helium.core.fleet import SETTINGS, Fleet
from helium.core.observation import Observation
from helium.core.reviews import to_ask_for, undecided, with_reviews
from helium.core.spec import REQUESTED_VIA
from helium.errors import SourceError
from helium.reconcile.load.open_stacks import each_opened
from helium.reconcile.load.selection import Selection
from helium.reconcile.load.specs import Files

# `helium list` observes as a pass does; it makes no plan, and uses two of the ports.
if TYPE_CHECKING:
    from helium.core.plan import Plan
    from helium.core.run import Clock
    from helium.core.stack import Listing
    from helium.ports import Ports, Sources
    from helium.ports.ledger import Ledger, Snapshot
    from helium.ports.repo import Repo
    from helium.ports.specs import Specs

__all__ = [
    "Loaded",
    "Selection",
    "as_fetched",
    "each_opened",
    "fleet_at",
    "load",
    "opened",
    "recent_deletes",
    "without_state",
]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The observation, and the ledger's snapshot that it rests on: a writer needs both."""

    observed: Observation
    snapshot: Snapshot


def load(
    ports: Ports, selection: Selection, *, now: datetime, clock: Clock | None = None, known: Listing | None = None
) -> Loaded:
    """All that a plan needs at `now`. `known`: the stacks, where the caller knows them without a listing.

    `SourceError`, `SpecError` or `EngineError` where a source cannot be read at all.
    """
    if known is not None:
        loaded = without_state(ports, selection, now=now, clock=clock)
        return replace(loaded, observed=replace(_reviewed(ports, loaded.observed), listing=known))
    from concurrent.futures import ThreadPoolExecutor

    # The listing is one process of Pulumi that takes as long as all of git and the ledger, so both run at once.
    with ThreadPoolExecutor(1, thread_name_prefix="observe") as observer:
        listing = observer.submit(ports.engine.observe)
        loaded = without_state(ports, selection, now=now, clock=clock)
        observed = _reviewed(ports, loaded.observed)
        return replace(loaded, observed=replace(observed, listing=listing.result()))


def _reviewed(ports: Ports, observed: Observation) -> Observation:
    """The observation, with what the pull requests showed that took files away.

    A host that does not answer stops nothing else: those removals wait until it does.
    """
    if ports.reviews is None:
        return observed
    asked = to_ask_for(observed.removals, observed.records)
    if not asked:
        return observed
    try:
        found = with_reviews(asked, ports.reviews.of(tuple(asked.values())))
    except SourceError as error:
        found = undecided(asked)
        return replace(observed, removals={**observed.removals, **found}, reviews_away=str(error))
    return replace(observed, removals={**observed.removals, **found})


def without_state(sources: Sources, selection: Selection, *, now: datetime, clock: Clock | None = None) -> Loaded:
    """What git and the ledger say, without a look at the stacks: enough to read, never to destroy.

    `clock`: the one that said `now`, where that may be a while ago by the time that the remote is asked for its own.
    """
    # Main as the remote has it now. A local clone that is behind would show what somebody has taken back since.
    sources.repo.fetch()
    loaded = as_fetched(sources, selection, now=now)
    # The safeguards compare the clocks, so whoever asks them needs the remote's.
    remote_time = sources.repo.remote_time()
    if remote_time is not None and clock is not None:
        # What was read meanwhile may have taken minutes, or the machine slept. Then the remote would seem to be ahead,
        # and the lease of a living pass to be over. The clock is read last: a rest in between may only seem too long.
        remote_time -= clock() - now
    return replace(loaded, observed=replace(loaded.observed, remote_time=remote_time))


def as_fetched(sources: Sources, selection: Selection, *, now: datetime, snapshot: Snapshot | None = None) -> Loaded:
    """The same by main as it was fetched last, and without the remote's time.

    For a look right after the fleet was opened: it decides nothing, and need not ask the remote twice. `snapshot`: the
    ledger, for whoever compares two commits beside the same one.
    """
    repo, specs = sources.repo, sources.specs
    head = repo.head()
    commit = repo.resolve(selection.ref) if selection.ref else head
    fleet = fleet_at(repo, specs, commit=commit)
    snapshot = snapshot or sources.ledger.read()
    recipes = sources.backends.recipes(fleet, commit=commit)
    observed = Files(sources, fleet, commit, snapshot, selection, now).observed(recipes)
    observed = replace(
        observed,
        on_main=commit == head or selection.merged,
        selected=selection.names,
        lost_clusters=selection.lost_clusters,
    )
    return Loaded(
        replace(observed, rolled=frozenset(observed.records) if selection.roll_all else selection.roll), snapshot
    )


def fleet_at(repo: Repo, specs: Specs, *, commit: str) -> Fleet:
    """The fleet's settings at a commit; `SourceError` when it has none, `SpecError` with every error."""
    data = repo.read(commit, SETTINGS)
    if data is None:
        raise SourceError(f"{SETTINGS} does not exist at {commit[:10]}. Create a fleet with helium init.")
    return specs.fleet(data)


def opened(ports: Ports, observed: Observation, *, plan: Plan, now: datetime) -> Observation:
    """The observation, with what only opened stacks say of themselves, and the deletes of the last 24 hours.

    Opened are the stacks that would lose something, and those without a record. A stack that cannot be opened is in
    `unopened`, so that it spoils its own name only. `EngineError` where no stack can be opened at all. The same
    observation comes back where nothing was asked.
    """
    there = [stack.id for stack in observed.listing.stacks if not stack.corrupt]
    losing = {change.stack for change in plan.may_delete}
    known = observed.records.keys() | observed.at_work
    stacks = [stack for stack in there if stack in losing or stack.name not in known]
    if not stacks and not plan.destroys:
        return observed
    found = each_opened(ports.engine, stacks, parallel=observed.fleet.limits.parallel)
    wrong_cluster = {
        stack: why
        for stack, ownership in found.ownerships.items()
        if ownership is not None and (why := ports.engine.wrong_cluster(ownership))
    }
    recent = recent_deletes(ports.ledger, now) if plan.destroys else frozenset()
    return replace(
        observed,
        ownerships=found.ownerships,
        bare=found.bare,
        unopened=found.unopened,
        wrong_cluster=wrong_cluster,
        recent_deletes=recent,
    )


def recent_deletes(ledger: Ledger, now: datetime) -> frozenset[str]:
    """The names destroyed in the last 24 hours that neither expired nor were requested."""
    from helium.core.plan import COUNTED, DAY

    lines = ledger.log(since=now - DAY)
    return frozenset(line.name for line in lines if line.code in COUNTED and line.origin not in REQUESTED_VIA)
