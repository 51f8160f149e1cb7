"""Gathering the facts of one pass through the ports, before anything is decided.

It decides nothing about stacks; it refuses to fill a gap with a guess.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from helium.core.fleet import SETTINGS, Fleet
from helium.core.observation import Observation
from helium.core.plan import COUNTED, DAY, Plan
from helium.core.spec import REQUESTED_VIA
from helium.errors import SourceError
from helium.ports import Ports, Sources
from helium.ports.ledger import Ledger, Snapshot
from helium.ports.repo import Repo
from helium.ports.specs import Specs
from helium.reconcile.load.selection import Selection
from helium.reconcile.load.specs import Files

__all__ = [
    "Loaded",
    "Selection",
    "fleet_at",
    "load",
    "opened",
    "recent_deletes",
    "without_state",
]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The facts, and the ledger's snapshot that they rest on."""

    observed: Observation
    snapshot: Snapshot


def fleet_at(repo: Repo, specs: Specs, *, commit: str) -> Fleet:
    """The fleet's settings at a commit; `SourceError` when it has none, `SpecError` with every fault."""
    data = repo.read(commit, SETTINGS)
    if data is None:
        raise SourceError(f"there is no {SETTINGS} at {commit[:10]}; helium init makes a fleet")
    return specs.fleet(data)


def load(ports: Ports, selection: Selection, *, now: datetime) -> Loaded:
    """All facts for one plan. Observing the state and reading git overlap."""
    with ThreadPoolExecutor(1, thread_name_prefix="observe") as observer:
        listing = observer.submit(ports.engine.observe)
        loaded = without_state(ports, selection, now=now)
        return replace(loaded, observed=replace(loaded.observed, listing=listing.result()))


def without_state(sources: Sources, selection: Selection, *, now: datetime) -> Loaded:
    """What git and the ledger say, with no look at the stacks: enough to read, never to destroy."""
    repo, specs = sources.repo, sources.specs
    repo.fetch()
    head = repo.head()
    commit = repo.resolve(selection.ref) if selection.ref else head
    fleet = fleet_at(repo, specs, commit=commit)
    snapshot = sources.ledger.read()
    recipes = sources.backends.recipes(fleet, commit=commit)
    observed = Files(sources, fleet, commit, snapshot, selection, now).observed(recipes)
    observed = replace(observed, on_main=commit == head, named=selection.names)
    return Loaded(
        replace(observed, rolled=frozenset(observed.records) if selection.roll_all else selection.roll), snapshot
    )


def opened(ports: Ports, observed: Observation, *, plan: Plan, now: datetime) -> Observation:
    """The facts, with the marks of all stacks that lose something or have no record, and the deletes of a day."""
    there = {stack.id for stack in observed.listing.stacks}
    stacks = {change.stack for change in plan.taking} & there
    stacks |= {stack.id for stack in observed.listing.stacks if stack.id.name not in observed.records}
    with ThreadPoolExecutor(observed.fleet.limits.parallel, thread_name_prefix="open") as pool:
        ownerships = dict(zip(stacks, pool.map(ports.engine.ownership, stacks), strict=True))
    bare = frozenset(stack for stack in stacks if ownerships[stack] is None and ports.engine.bare(stack))
    wrong_cluster = {
        stack: why
        for stack, ownership in ownerships.items()
        if ownership is not None and (why := ports.engine.wrong_cluster(ownership))
    }
    recent = recent_deletes(ports.ledger, now) if plan.destroys else frozenset()
    return replace(observed, ownerships=ownerships, bare=bare, wrong_cluster=wrong_cluster, recent_deletes=recent)


def recent_deletes(ledger: Ledger, now: datetime) -> frozenset[str]:
    """The names destroyed in the last 24 hours that did not expire and were not asked for."""
    lines = ledger.log(since=now - DAY)
    return frozenset(line.name for line in lines if line.code in COUNTED and line.origin not in REQUESTED_VIA)
