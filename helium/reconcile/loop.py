"""One pass, from top to bottom. `plan` and `reconcile` are this one path; a plan stops after it was shown.

`Pass.go` runs one round, waits for the lease where another pass has it, and runs a second round for names that were
destroyed only to be created again. There is never a third. `_round` is the story of a pass; the functions below it
stand in the order in which it calls them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic

from helium.core.deadlines import format_instant
from helium.core.digest import digest
from helium.core.fleet_record import FleetRecord
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Outcome, Overrides, Plan
from helium.core.run import Clock, Run
from helium.errors import LeaseTakenError
from helium.ports import Ports
from helium.ports.progress import Progress
from helium.reconcile.apply import ApplyContext, announce
from helium.reconcile.apply_all import apply_all
from helium.reconcile.diff import diff
from helium.reconcile.finish import FinishInput, finish
from helium.reconcile.guard import believed_time, clock_problem, guard, history_was_rewritten
from helium.reconcile.lease import await_free, lease_length, lease_of_another
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.load import Loaded, Selection, load, opened
from helium.reconcile.marker import prove_ledger
from helium.reconcile.outcome_lines import OutcomeLines
from helium.reconcile.record_observation import changed_records, updated_fleet_record
from helium.reconcile.shards import leave_for_shards
from helium.reconcile.workers import ThreadWorkers, Workers

LOOK_AGAIN = 2.0
"""Seconds between two looks at the lease of another pass."""


@dataclass(frozen=True, slots=True)
class PassOptions:
    """How to pass. `dry`: show only; `sharded`: announce the work and leave it for shards.

    `wait`: how long to wait for another pass's lease; `parallel`: how many stacks at once.
    """

    selection: Selection = field(default_factory=Selection)
    overrides: Overrides = field(default_factory=Overrides)
    dry: bool = False
    sharded: bool = False
    wait: timedelta = timedelta(0)
    parallel: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a pass showed, and what became of its work. `sharded`: the ledger's commit that shards go on from."""

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    sharded: str = ""

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The changes that did not end well."""
        return tuple(outcome for outcome in self.outcomes if not outcome.ok)


Show = Callable[[Plan], None]


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass by one run. `show` gets the plan before anything is done."""

    ports: Ports
    run: Run
    progress: Progress
    clock: Clock
    show: Show
    workers: Workers = field(default_factory=ThreadWorkers)

    def go(self, options: PassOptions) -> Result:
        """Run one pass. `LeaseTakenError` where another pass has the lease for longer than `options.wait`."""
        first = self._patient_round(options, show=self.show)
        if options.dry or options.sharded or not _creates_again(first.plan):
            return first
        # What a person reviewed (`--expect`) and rolled was the first round's plan; the second one only creates.
        overrides = replace(options.overrides, expect=None)
        selection = replace(options.selection, roll=frozenset(), roll_all=False)
        try:
            second = self._patient_round(
                replace(options, overrides=overrides, selection=selection), show=_without_showing
            )
        except LeaseTakenError as taken:
            self.progress.note(f"The next pass will create again what was destroyed: {taken}")
            return first
        return Result(first.plan, first.outcomes + second.outcomes)

    def _patient_round(self, options: PassOptions, *, show: Show) -> Result:
        """One round, as soon as the lease is free: a plan from before the wait would be out of date."""
        give_up_at = self.clock() + options.wait
        while True:
            try:
                return self._round(options, show=show)
            except LeaseTakenError as taken:
                if self.clock() >= give_up_at:
                    raise
                self.progress.note(str(taken))
            await_free(self.ports.ledger, self.run, clock=self.clock, give_up_at=give_up_at, note=self.progress.note)

    def _round(self, options: PassOptions, *, show: Show) -> Result:
        """The ten steps of a pass: six until it is known what there is to do, and in `_carried_out` the other four."""
        # 1. Load. One commit of main and one reading of the clock, so that every decision below is about one moment.
        now = self.clock()
        loaded = load(self.ports, options.selection, now=now)
        if loaded.observed.listing.note:
            self.progress.note(loaded.observed.listing.note)
        # 2. Diff. Pure, and for every name at once: a name that nobody mentions any more is a decision as well.
        plan = _decided(loaded.observed, options, now=now)
        # 3. Open what may be destroyed, and decide again. Only a stack itself can say whose it is, and each question
        #    costs a process of Pulumi, so the first diff says which ones to ask.
        doubt = "" if options.overrides.clock_is_right else clock_problem(loaded.observed, now)
        believed = believed_time(loaded.observed, now) if doubt else now
        observed = opened(self.ports, loaded.observed, plan=plan, now=believed)
        plan = _decided(observed, options, now=now)
        # 4. Guard. It judges the whole fleet's plan, before `--only` picks names: a limit on a part limits nothing.
        plan = guard(plan, observed, overrides=options.overrides)
        # 5. Show. Before anything is done and whatever was refused: you must be able to see what was refused.
        show(plan)
        if options.dry or _state_is_doubtful(plan):
            # Looking at a state that may be another fleet's proves nothing, so not even a note is written.
            return Result(plan)
        # 6. Note what was seen, also when nothing may be applied: the next pass can only call a deadline passed, or a
        #    file removed, that an earlier one has seen. This still only fills the writer.
        start, work = monotonic(), options.selection.work_of(plan)
        writer, observed = self._noted(plan, observed, loaded=loaded, dated=believed if doubt else None)
        context = self._context(observed, writer, options=options, works=bool(work))
        trusted = not doubt and not _vouched_for_too_much(plan, observed)
        ending = FinishInput(work, plan.counts, frozenset(observed.specs), clock_is_trusted=trusted)
        if work:
            return self._carried_out(context, plan, ending=ending, sharded=options.sharded, start=start)
        lease = loaded.snapshot.fleet_record.lease if loaded.snapshot.fleet_record else None
        if self.run.free(lease, writer.lease_time):
            # Only the holder of the lease writes notes: from here, what it announced and has not made looks gone.
            finish(context, ending, seconds=monotonic() - start)
        return Result(plan)

    def _carried_out(
        self, context: ApplyContext, plan: Plan, *, ending: FinishInput, sharded: bool, start: float
    ) -> Result:
        """The steps that change something. `start`: since when this round works, by the monotonic clock."""
        # 7. Begin: lease, passphrase and announcements, in one commit. Killed after it, the ledger already says what
        #    may exist, so nothing that the engine creates is ever unknown.
        taken_over = self._begin(context, plan, ending=ending, sharded=sharded)
        with ExitStack() as at_end:
            # 10. Finish, whatever happens from here on: a lease that is kept stops every other pass until it runs out.
            at_end.callback(lambda: finish(context, ending, seconds=monotonic() - start))
            # 8. The marker, before the first stack: a state with stacks and no marker could be anybody's.
            self._create_marker(context)
            if sharded:
                if not context.observed.listing.marker:
                    context.writer.flush("Note that the marker exists")
                # The shards go on under this lease, on other machines, and a step of its own finishes the pass.
                at_end.pop_all()
                return Result(plan, sharded=context.writer.head)
            # 9. Apply. Names whose record somebody else changed since step 1 are left to the next pass.
            self.progress.planned(ending.work)
            outcomes = apply_all(
                [change for change in ending.work if change.name not in taken_over],
                context=context,
                workers=self.workers,
            )
        return Result(plan, outcomes)

    def _noted(
        self, plan: Plan, observed: Observation, *, loaded: Loaded, dated: datetime | None
    ) -> tuple[LedgerWriter, Observation]:
        """A writer with what this look saw, and the observation with it: what is put back is put back to that."""
        fleet_record = self._looked_at(plan, observed, now=dated or plan.now)
        writer = LedgerWriter(
            self.ports.ledger, loaded.snapshot, fleet_record=fleet_record, run=self.run, clock=self.clock, dated=dated
        )
        writer.ahead = plan.now - dated if dated and observed.remote_time else timedelta(0)
        if history_was_rewritten(observed):
            # A removal that only a rewritten main shows never happened.
            return writer, observed
        log, changed = OutcomeLines(observed, self.run.id), changed_records(plan, observed, now=self.clock())
        for name, record in changed.items():
            before = writer.record(name)
            if record is None and before is not None and before.emptied is None:
                writer.put(name, None, log.of_gone(before, now=self.clock()))
            else:
                writer.put(name, record)
        records = {**observed.records, **changed}
        return writer, replace(observed, records={name: one for name, one in records.items() if one is not None})

    def _looked_at(self, plan: Plan, observed: Observation, *, now: datetime) -> FleetRecord:
        """The fleet's record once this commit was looked at, and accepted where the history allows it."""
        founded = digest([self.run.id, observed.commit, format_instant(plan.now)])
        fleet_record = observed.fleet_record or FleetRecord(fleet=observed.fleet.name, id=founded[:16])
        fleet_record = fleet_record if fleet_record.marker else replace(fleet_record, marker="pending")
        if any(refusal.code is Code.HISTORY for refusal in plan.refusals):
            return fleet_record
        is_new = fleet_record.marker == "pending" and fleet_record.accepted is None
        read_with = self.ports.specs.read_with(observed.fleet)
        accepted = is_new or observed.descends is True
        return updated_fleet_record(fleet_record, observed, read_with=read_with, accepted=accepted, now=now)

    def _context(
        self, observed: Observation, writer: LedgerWriter, *, options: PassOptions, works: bool
    ) -> ApplyContext:
        seen = observed.fleet_record.seen if observed.fleet_record else None
        # Only lines of outcomes need it, and it walks history.
        touched = self.ports.repo.touched(observed.commit, since=seen) if works else {}
        return ApplyContext(
            ports=self.ports,
            writer=writer,
            run=self.run,
            progress=self.progress,
            clock=self.clock,
            observed=observed,
            parallel=options.parallel or observed.fleet.limits.parallel,
            log=OutcomeLines(observed, self.run.id, touched),
            assume_absent=options.overrides.assume_absent,
        )

    def _begin(self, context: ApplyContext, plan: Plan, *, ending: FinishInput, sharded: bool) -> frozenset[str]:
        """Take the lease and announce the work; the names whose record somebody else had changed."""
        if lease := lease_of_another(self.ports.ledger, self.run, now=context.writer.lease_time):
            raise LeaseTakenError(str(lease))
        # A wrong passphrase would first be noticed in the middle of the work, with secrets written under two of them.
        if context.observed.listing.marker:
            prove_ledger(self.ports.engine, context.writer.fleet_record)
        context.writer.take_lease(lease_length(context.observed.fleet.limits.timeout), shared=sharded)
        announce(ending.work, context, now=self.clock())
        if sharded:
            leave_for_shards(plan, ending, context=context)
        return context.writer.flush("Begin a pass")

    def _create_marker(self, context: ApplyContext) -> None:
        """Create the stack that says whose the state is. The ledger says `pending` before, and `created` afterwards."""
        if _marker_is_unfinished(context):
            self.ports.engine.create_marker(context.writer.fleet_record.id)
        context.writer.put_fleet_record(replace(context.writer.fleet_record, marker="created"))


def _decided(observed: Observation, options: PassOptions, *, now: datetime) -> Plan:
    """The plan, in which the stacks that a person named may replace what holds data."""
    may_replace = options.overrides.allow_replace & {stack.id.name for stack in observed.listing.stacks}
    return diff(observed, now).replacing(may_replace)


def _marker_is_unfinished(context: ApplyContext) -> bool:
    """A pass that was killed while it created the marker may have left it without its proof of the passphrase."""
    return not context.observed.listing.marker or context.writer.fleet_record.marker != "created"


def _vouched_for_too_much(plan: Plan, observed: Observation) -> bool:
    """Whether a clock in doubt still has too many deletes held. Noted now, it would let them all go next time."""
    return bool(clock_problem(observed, plan.now)) and any(each.code is Code.TOO_MANY for each in plan.refusals)


def _state_is_doubtful(plan: Plan) -> bool:
    return any(refusal.code in (Code.FOREIGN_STATE, Code.INCOMPLETE_OBSERVATION) for refusal in plan.refusals)


def _creates_again(plan: Plan) -> bool:
    return any(isinstance(change, Destroy) and change.again for change in plan.work)


def _without_showing(_: Plan) -> None:
    """The second round shows nothing: its creates were announced by the first one's destroys."""
