"""A pass on several machines: the plan is left for shards, each carries out its part, and one last step finishes it.

Nothing is decided here. A shard refuses a plan whose lease has moved on, a record that is not as it was announced, and
another program than the plan's. What a dead shard leaves behind is the next pass's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from helium.core.fleet_record import FleetRecord
from helium.core.good_pass import HOLDS_ALL
from helium.core.observation import Observation
from helium.core.plan import Create, Destroy, Outcome, Plan, Update, Work
from helium.core.record import Record
from helium.core.run import Clock, Run
from helium.core.sharded_plan import Shard, ShardedPlan
from helium.errors import OtherFleetError, OtherProgramError
from helium.ports import Ports
from helium.ports.progress import Progress
from helium.reconcile.apply import ApplyContext
from helium.reconcile.apply_all import apply_all
from helium.reconcile.finish import FinishInput, finish
from helium.reconcile.lease import lease_length
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.load import fleet_at
from helium.reconcile.marker import prove_ledger
from helium.reconcile.outcome_lines import OutcomeLines
from helium.reconcile.pass_status import failed_before
from helium.reconcile.stack_locks import machines_of
from helium.reconcile.workers import ThreadWorkers, Workers


def leave_for_shards(plan: Plan, ending: FinishInput, *, context: ApplyContext) -> None:
    """Put the plan into the writer, beside the records that announce its work."""
    work, records_before, writer = ending.work, context.observed.records, context.writer
    # No machine works on them yet: a host in a record would let it break the locks of whoever does.
    records = {change.name: writer.record(change.name) for change in work}
    announced = {name: replace(one, host="", run_url="") for name, one in records.items() if one is not None}
    for name, record in announced.items():
        writer.put(name, record)
    before = {change.name: one for change in work if isinstance(one := records_before.get(change.name), Record)}
    fleet_record = context.observed.fleet_record
    writer.put_plan(
        ShardedPlan(
            fleet=context.observed.fleet.name,
            run=context.run.id,
            counter=writer.fleet_record.counter,
            commit=plan.commit,
            now=plan.now,
            seen=fleet_record.seen if fleet_record else None,
            creates=tuple(change for change in work if isinstance(change, Create)),
            updates=tuple(change for change in work if isinstance(change, Update)),
            destroys=tuple(change for change in work if isinstance(change, Destroy)),
            before=before,
            announced=announced,
            refusals=plan.refusals,
            issues=plan.issues,
            counts=plan.counts,
            stuck=plan.stuck,
            failed_before=failed_before(plan),
            trusted=ending.clock_is_trusted,
        )
    )


@dataclass(frozen=True, slots=True)
class Shards:
    """What one machine does for a sharded plan. `run` is this process; the ledger knows it by the plan's run."""

    ports: Ports
    run: Run
    progress: Progress
    clock: Clock
    sharded: ShardedPlan
    workers: Workers = field(default_factory=ThreadWorkers)

    def carry_out(self, shard: Shard, *, parallel: int | None = None) -> tuple[Outcome, ...]:
        """Carry out one shard's part. `PlanEndedError` when the lease has moved on: then nothing is begun."""
        context = self._context(parallel)
        self._refuse_other_programs(context, self.sharded.part(shard))
        # Each machine has a passphrase of its own, so each one proves it before it takes any name for itself.
        prove_ledger(self.ports.engine, context.writer.fleet_record)
        work = self._claimed(self.sharded.part(shard), context=context, shard=shard)
        self.progress.planned(work)
        try:
            return apply_all(work, context=context, workers=self.workers)
        finally:
            context.writer.flush(f"End shard {shard}")

    def close(self) -> tuple[Outcome, ...]:
        """Finish the pass, whatever the state of its shards. Returns every change's outcome, as the records tell it."""
        context = self._context(None)
        outcomes = tuple(
            self.sharded.outcome(change, context.writer.record(change.name)) for change in self.sharded.work
        )
        for change in self.sharded.destroys:
            if change.again:
                self.progress.note(f"{change.name}: The next pass creates it again.")
        files = frozenset(entry.name for entry in self.ports.repo.entries(self.sharded.commit))
        ending = FinishInput(self.sharded.work, self.sharded.counts, files, self.sharded.trusted, self._good)
        finish(context, ending, seconds=(self.clock() - self.sharded.now).total_seconds())
        return outcomes

    @property
    def _good(self) -> bool:
        return not any(refusal.code in HOLDS_ALL for refusal in self.sharded.refusals)

    def _context(self, parallel: int | None) -> ApplyContext:
        """The context of the pass that made the plan: its commit, the records that it found, and its lease."""
        repo, sharded = self.ports.repo, self.sharded
        fleet = fleet_at(repo, self.ports.specs, commit=sharded.commit)
        if fleet.name != sharded.fleet:
            raise OtherFleetError(sharded.fleet, fleet.name)
        snapshot = self.ports.ledger.read()
        fleet_record = snapshot.fleet_record or FleetRecord(fleet=fleet.name)
        run = replace(self.run, id=sharded.run)
        writer = LedgerWriter(self.ports.ledger, snapshot, fleet_record=fleet_record, run=run, clock=self.clock)
        writer.join_lease(sharded.counter, lease_length(fleet.limits.timeout))
        recipes = self.ports.backends.recipes(fleet, commit=sharded.commit)
        observed = Observation(
            fleet, sharded.commit, records=sharded.before, fleet_record=fleet_record, recipes=recipes
        )
        return ApplyContext(
            ports=self.ports,
            writer=writer,
            run=run,
            progress=self.progress,
            clock=self.clock,
            observed=observed,
            parallel=parallel or fleet.limits.parallel,
            log=OutcomeLines(observed, run.id, repo.touched(sharded.commit, since=sharded.seen)),
            pause=self.workers.pause,
        )

    def _refuse_other_programs(self, context: ApplyContext, work: Sequence[Work]) -> None:
        """`OtherProgramError` where this machine's backend would not create what the plan showed."""
        for change in work:
            if isinstance(change, Destroy) or change.metadata_only:
                continue
            recipe = context.observed.recipes.get(change.backend)
            if recipe is None or recipe.program != change.program:
                raise OtherProgramError(change.backend)

    def _claimed(self, work: Sequence[Work], *, context: ApplyContext, shard: Shard) -> tuple[Work, ...]:
        """The changes that are this shard's from now on: their records are as announced, and nobody else took them."""
        free: set[str] = set()
        for change in work:
            record = context.writer.record(change.name)
            if record is not None and record == self.sharded.announced.get(change.name):
                machines = machines_of(record, self.run)
                mine = replace(record, host=self.run.host, machines=machines, run_url=self.run.url)
                context.writer.put(change.name, mine)
                free.add(change.name)
        # Two starts of one shard would write the same bytes, so the ledger is told that this commit claims.
        free -= context.writer.flush(f"Begin shard {shard}", claims=True)
        for change in work:
            if change.name not in free:
                self.progress.note(f"{change.name}: Skipped. It was started before, or somebody changed its record.")
        return tuple(change for change in work if change.name in free)
