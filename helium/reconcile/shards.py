"""What follows a split: a plan is left for shards, each carries out its part, and one step ends the pass.

Nothing is decided here. A shard refuses a plan that no longer has its lease, a record that is not as it was announced,
and to make anything with another program than the plan's. What a dead shard leaves is the next pass's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from helium.core.facts import Facts
from helium.core.plan import Create, Destroy, Outcome, Plan, Update, Work
from helium.core.record import Record
from helium.core.register import Register
from helium.core.split import Share, Split
from helium.errors import OtherFleet, OtherProgram
from helium.reconcile.apply import Site, apply, lease_length
from helium.reconcile.book import Book, Clock, Run
from helium.reconcile.close import Ending, close
from helium.reconcile.lines import Teller
from helium.reconcile.load import Ports, fleet_at
from helium.reconcile.ports import Progress


def leave(plan: Plan, ending: Ending, *, site: Site) -> None:
    """Put the plan into the book, beside the records that announce it; no machine works on any of them yet."""
    work, found, book = ending.work, site.facts.records, site.book
    records = {change.name: book.record(change.name) for change in work}
    announced = {name: replace(one, host="", run_url="") for name, one in records.items() if one is not None}
    for name, record in announced.items():
        book.put(name, record)
    before = {change.name: one for change in work if isinstance(one := found.get(change.name), Record)}
    register = site.facts.register
    book.leave(
        Split(
            fleet=site.facts.fleet.name,
            run=site.run.id,
            counter=book.register.counter,
            commit=plan.commit,
            now=plan.now,
            seen=register.seen if register else None,
            creates=tuple(change for change in work if isinstance(change, Create)),
            updates=tuple(change for change in work if isinstance(change, Update)),
            destroys=tuple(change for change in work if isinstance(change, Destroy)),
            before=before,
            announced=announced,
            refusals=plan.refusals,
            faults=plan.faults,
            counts=plan.counts,
            stuck=plan.stuck,
            trusted=ending.trusted,
        )
    )


@dataclass(frozen=True, slots=True)
class Shards:
    """The steps after the split, on this machine. `run` is this process; in the ledger it goes by the plan's run."""

    ports: Ports
    run: Run
    progress: Progress
    clock: Clock
    split: Split

    def carry_out(self, share: Share, *, parallel: int | None = None) -> tuple[Outcome, ...]:
        """One shard's part. `PlanEnded` when the lease has moved on: then nothing is begun."""
        site = self._site(parallel)
        self._refuse_other_programs(site, self.split.part(share))
        # An engine takes what it did not see listed for new: it would neither settle it nor keep an update light.
        self.ports.engine.observe()
        self.ports.engine.check_marker()
        work = self._claimed(self.split.part(share), site=site, share=share)
        self.progress.planned(work)
        try:
            return apply(work, site=site)
        finally:
            site.book.flush(f"End shard {share}")

    def close(self) -> tuple[Outcome, ...]:
        """The end of the pass, whatever became of its shards: every change's outcome, as the records tell it."""
        site = self._site(None)
        outcomes = tuple(self.split.outcome(change, site.book.record(change.name)) for change in self.split.work)
        for change in self.split.destroys:
            if change.again:
                self.progress.note(f"{change.name}: the next pass makes it anew")
        files = frozenset(entry.name for entry in self.ports.repo.entries(self.split.commit))
        ending = Ending(self.split.work, self.split.counts, files, self.split.trusted)
        close(site, ending, seconds=(self.clock() - self.split.now).total_seconds())
        return outcomes

    def _site(self, parallel: int | None) -> Site:
        """On the settings of the plan's commit and the records as it found them, under the lease that it took."""
        repo, split = self.ports.repo, self.split
        fleet = fleet_at(repo, self.ports.specs, commit=split.commit)
        if fleet.name != split.fleet:
            raise OtherFleet(split.fleet, fleet.name)
        snapshot = self.ports.ledger.read()
        register = snapshot.register or Register(fleet=fleet.name)
        run = replace(self.run, id=split.run)
        book = Book(self.ports.ledger, snapshot, register=register, run=run, clock=self.clock)
        book.join_lease(split.counter, lease_length(fleet.limits.timeout))
        facts = Facts(fleet, split.commit, records=split.before, register=register)
        return Site(
            ports=self.ports,
            book=book,
            run=run,
            progress=self.progress,
            clock=self.clock,
            facts=facts,
            parallel=parallel or fleet.limits.parallel,
            teller=Teller(facts, run.id, repo.touched(split.commit, since=split.seen)),
        )

    def _refuse_other_programs(self, site: Site, work: Sequence[Work]) -> None:
        """Another Helium on this machine, with another backend of that name, would not make what was shown."""
        recipes = self.ports.backends.recipes(site.facts.fleet, commit=self.split.commit)
        for change in work:
            if isinstance(change, Destroy) or change.light:
                continue
            recipe = recipes.get(change.backend)
            if recipe is None or recipe.program != change.program:
                raise OtherProgram(change.backend)

    def _claimed(self, work: Sequence[Work], *, site: Site, share: Share) -> tuple[Work, ...]:
        """What is this shard's to do from now on: names whose record is as it was announced, and which nobody took."""
        free: set[str] = set()
        for change in work:
            record = site.book.record(change.name)
            if record is not None and record == self.split.announced.get(change.name):
                site.book.put(change.name, replace(record, host=self.run.host, run_url=self.run.url))
                free.add(change.name)
        free -= site.book.flush(f"Begin shard {share}", claims=True)
        for change in work:
            if change.name not in free:
                self.progress.note(f"{change.name} is left alone: it was begun before, or somebody changed its record")
        return tuple(change for change in work if change.name in free)
