"""Gathering the facts of one pass through the ports, before anything is decided.

It decides nothing about stacks; it refuses to fill a gap with a guess.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from helium.core.facts import Facts
from helium.core.fleet import SETTINGS, Fleet
from helium.core.plan import COUNTED, DAY, Plan
from helium.core.spec import GRANTED
from helium.errors import SourceError
from helium.reconcile.load.files import Files
from helium.reconcile.load.sources import Ports, Sources, Wish
from helium.reconcile.ports import Ledger, Repo, Snapshot, Specs

__all__ = [
    "Loaded",
    "Ports",
    "Sources",
    "Wish",
    "fleet_at",
    "load",
    "opened",
    "recent_deletes",
    "without_state",
]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The facts, and the ledger's snapshot that they rest on."""

    facts: Facts
    snapshot: Snapshot


def fleet_at(repo: Repo, specs: Specs, *, commit: str) -> Fleet:
    """The fleet's settings at a commit; `SourceError` when it has none, `SpecError` with every fault."""
    data = repo.read(commit, SETTINGS)
    if data is None:
        raise SourceError(f"there is no {SETTINGS} at {commit[:10]}; helium init makes a fleet")
    return specs.fleet(data)


def load(ports: Ports, wish: Wish, *, now: datetime) -> Loaded:
    """All facts for one plan. Observing the state and reading git overlap."""
    with ThreadPoolExecutor(1, thread_name_prefix="observe") as observer:
        listing = observer.submit(ports.engine.observe)
        loaded = without_state(ports, wish, now=now)
        return replace(loaded, facts=replace(loaded.facts, listing=listing.result()))


def without_state(sources: Sources, wish: Wish, *, now: datetime) -> Loaded:
    """What git and the ledger say, with no look at the stacks: enough to read, never to destroy."""
    repo, specs = sources.repo, sources.specs
    repo.fetch()
    head = repo.head()
    commit = repo.resolve(wish.ref) if wish.ref else head
    fleet = fleet_at(repo, specs, commit=commit)
    snapshot = sources.ledger.read()
    recipes = sources.backends.recipes(fleet, commit=commit)
    facts = Files(sources, fleet, commit, snapshot, wish, now).facts(recipes)
    facts = replace(facts, on_main=commit == head, named=wish.names)
    return Loaded(replace(facts, rolled=frozenset(facts.records) if wish.roll_all else wish.roll), snapshot)


def opened(ports: Ports, facts: Facts, *, plan: Plan, now: datetime) -> Facts:
    """The facts, with the marks of all stacks that lose something or have no record, and the deletes of a day."""
    there = {stack.id for stack in facts.listing.stacks}
    stacks = {change.stack for change in plan.taking} & there
    stacks |= {stack.id for stack in facts.listing.stacks if stack.id.name not in facts.records}
    with ThreadPoolExecutor(facts.fleet.limits.parallel, thread_name_prefix="open") as pool:
        marks = dict(zip(stacks, pool.map(ports.engine.mark, stacks), strict=True))
    bare = frozenset(stack for stack in stacks if marks[stack] is None and ports.engine.bare(stack))
    astray = {stack: why for stack, mark in marks.items() if mark is not None and (why := ports.engine.astray(mark))}
    recent = recent_deletes(ports.ledger, now) if plan.destroys else frozenset()
    return replace(facts, marks=marks, bare=bare, astray=astray, recent_deletes=recent)


def recent_deletes(ledger: Ledger, now: datetime) -> frozenset[str]:
    """The names destroyed in the last 24 hours that did not expire and were not asked for."""
    lines = ledger.log(since=now - DAY)
    return frozenset(line.name for line in lines if line.code in COUNTED and line.asked not in GRANTED)
