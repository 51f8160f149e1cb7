"""One pass: load, observe, diff, guard, show, apply, close. `plan` and `reconcile` are this one path.

The switch between showing and doing is read at one line. A pass goes round once more where a name starts another
life; it never goes round a third time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic, sleep

from helium.core.fleet_record import FleetRecord, Lease
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Outcome, Overrides, Plan
from helium.errors import LeaseHeldError
from helium.ports import Ports
from helium.ports.progress import Progress
from helium.reconcile.apply import ApplyContext, announce, apply, lease_length
from helium.reconcile.diff import diff
from helium.reconcile.finish import FinishInput, finish
from helium.reconcile.guard import clock_fault, guard, strays
from helium.reconcile.ledger_writer import Clock, LedgerWriter, Run
from helium.reconcile.load import Loaded, Selection, load, opened
from helium.reconcile.outcome_lines import OutcomeLines
from helium.reconcile.record_observation import looked, notes
from helium.reconcile.shards import leave

LOOK_AGAIN = 2.0
"""Seconds between two looks at a lease that another pass holds."""


@dataclass(frozen=True, slots=True)
class PassOptions:
    """How a pass is to go. `dry`: show only; `wait`: how long for another pass's lease; `parallel`: stacks at once.

    `split`: the work is announced and left for shards.
    """

    selection: Selection = field(default_factory=Selection)
    overrides: Overrides = field(default_factory=Overrides)
    dry: bool = False
    sharded: bool = False
    wait: timedelta = timedelta(0)
    parallel: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a pass showed, and what became of what it applied; `split` is the ledger's commit that shards go on from."""

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    sharded: str = ""

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """What did not end well."""
        return tuple(outcome for outcome in self.outcomes if not outcome.ok)


Show = Callable[[Plan], None]


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass, with all that it needs."""

    ports: Ports
    run: Run
    progress: Progress
    clock: Clock
    show: Show

    def go(self, options: PassOptions) -> Result:
        """Load, decide, show; then do it, unless the order is dry. One more round for a name that starts anew."""
        result = self._patiently(options, show=self.show)
        if (
            options.dry
            or options.sharded
            or not any(isinstance(change, Destroy) and change.again for change in result.plan.work)
        ):
            return result
        return self._second(options, result)

    def _second(self, options: PassOptions, first: Result) -> Result:
        """The names that start anew; what a person reviewed or rolled belonged to the first round."""
        overrides = replace(options.overrides, expect=None)
        selection = replace(options.selection, roll=frozenset(), roll_all=False)
        try:
            second = self._patiently(replace(options, overrides=overrides, selection=selection), show=_silently)
        except LeaseHeldError as held:
            self.progress.note(f"what was to be made anew is left to the next pass: {held}")
            return first
        return Result(first.plan, first.outcomes + second.outcomes)

    def _patiently(self, options: PassOptions, *, show: Show) -> Result:
        """One round. Where another pass holds the lease it is waited for, and then all is looked at anew."""
        patience = self.clock() + options.wait
        while True:
            try:
                return self._round(options, show=show)
            except LeaseHeldError as held:
                if self.clock() >= patience:
                    raise
                self.progress.note(str(held))
            self._await_lease(patience)

    def _round(self, options: PassOptions, *, show: Show) -> Result:
        now = self.clock()
        loaded = load(self.ports, options.selection, now=now)
        plan, observed = self._decided(loaded, options, now=now)
        show(plan)
        return Result(plan) if options.dry else self._applied(plan, observed, loaded=loaded, options=options)

    def _decided(self, loaded: Loaded, options: PassOptions, *, now: datetime) -> tuple[Plan, Observation]:
        named = options.overrides.allow_replace & {stack.id.name for stack in loaded.observed.listing.stacks}
        plan = diff(loaded.observed, now).replacing(named)
        observed = opened(self.ports, loaded.observed, plan=plan, now=now)
        plan = diff(observed, now).replacing(named)
        return guard(plan, observed, overrides=options.overrides), observed

    def _applied(self, plan: Plan, observed: Observation, *, loaded: Loaded, options: PassOptions) -> Result:
        if self._estranged(plan):
            return Result(plan)
        start, names = monotonic(), options.selection.names
        work = tuple(change for change in plan.work if not names or change.name in names)
        trusted = options.overrides.clock_is_right or not clock_fault(observed, plan.now)
        finish_input = FinishInput(work, plan.counts, frozenset(observed.specs), trusted)
        fleet_record = self._looked(plan, observed)
        writer = LedgerWriter(
            self.ports.ledger, loaded.snapshot, fleet_record=fleet_record, run=self.run, clock=self.clock
        )
        if not strays(observed):
            observed = self._noted(writer, plan, observed=observed)
        context = self._context(observed, writer, options=options, works=bool(work))
        if not work:
            finish(context, finish_input, seconds=monotonic() - start)
            return Result(plan)
        lost = self._begin(context, plan, finish_input=finish_input, sharded=options.sharded)
        with ExitStack() as at_end:
            at_end.callback(lambda: finish(context, finish_input, seconds=monotonic() - start))
            self._make_marker(context)
            if options.sharded:
                if not observed.listing.marker:
                    writer.flush("Say that the marker is made")
                at_end.pop_all()
                return Result(plan, sharded=writer.head)
            self.progress.planned(work)
            outcomes = apply([change for change in work if change.name not in lost], context=context)
        return Result(plan, outcomes)

    def _noted(self, writer: LedgerWriter, plan: Plan, *, observed: Observation) -> Observation:
        """The facts with what this look wrote down: what is put back later is put back to that."""
        outcome_lines, noted = OutcomeLines(observed, self.run.id), notes(plan, observed, now=self.clock())
        for name, record in noted.items():
            known = writer.record(name)
            lines = () if record is not None or known is None else (outcome_lines.gone(known, now=self.clock()),)
            writer.put(name, record, *lines)
        records = {**observed.records, **noted}
        return replace(observed, records={name: record for name, record in records.items() if record is not None})

    def _context(
        self, observed: Observation, writer: LedgerWriter, *, options: PassOptions, works: bool
    ) -> ApplyContext:
        seen = observed.fleet_record.seen if observed.fleet_record else None
        touched = self.ports.repo.touched(observed.commit, since=seen) if works else {}
        return ApplyContext(
            ports=self.ports,
            writer=writer,
            run=self.run,
            progress=self.progress,
            clock=self.clock,
            observed=observed,
            parallel=options.parallel or observed.fleet.limits.parallel,
            lines=OutcomeLines(observed, self.run.id, touched),
        )

    def _begin(self, context: ApplyContext, plan: Plan, *, finish_input: FinishInput, sharded: bool) -> frozenset[str]:
        """The lease, the passphrase (brake 2), and the first commit; the names that somebody else had changed."""
        if held := self._held():
            raise LeaseHeldError(str(held))
        if context.observed.listing.marker:
            self.ports.engine.check_marker()
        context.writer.take_lease(lease_length(context.observed.fleet.limits.timeout), shared=sharded)
        announce(finish_input.work, context, now=self.clock())
        if sharded:
            leave(plan, finish_input, context=context)
        return context.writer.flush("Begin a pass")

    def _held(self) -> Lease | None:
        """The lease, where another pass has it."""
        fleet_record = self.ports.ledger.fleet_record()
        lease = fleet_record.lease if fleet_record else None
        return None if self.run.free(lease, self.clock()) else lease

    def _await_lease(self, patience: datetime) -> None:
        """Until it is free, or patience ends; whoever tries then is told which."""
        told = None
        while (held := self._held()) and self.clock() < patience:
            if held.run != told:
                self.progress.note(f"waiting for another pass: {held}")
            told = held.run
            sleep(LOOK_AGAIN)

    def _make_marker(self, context: ApplyContext) -> None:
        """The stack that says whose the state is: announced as `pending`, made, then said to be `made` (brake 2)."""
        if not context.observed.listing.marker:
            self.ports.engine.make_marker()
        context.writer.enter(replace(context.writer.fleet_record, marker="made"))

    def _looked(self, plan: Plan, observed: Observation) -> FleetRecord:
        fleet_record = observed.fleet_record or FleetRecord(fleet=observed.fleet.name)
        fleet_record = fleet_record if fleet_record.marker else replace(fleet_record, marker="pending")
        new = fleet_record.marker == "pending" and fleet_record.accepted is None
        refused = any(refusal.code is Code.HISTORY for refusal in plan.refusals)
        accepted = new or (observed.descends is True and not refused)
        if refused:
            return fleet_record
        return looked(fleet_record, observed, read_with=self.ports.specs.read_with(observed.fleet), accepted=accepted)

    def _estranged(self, plan: Plan) -> bool:
        """The state may be another's: then a look at it proves nothing, nothing is written down, no ledger begun."""
        return any(refusal.code in (Code.FOREIGN_STATE, Code.INCOMPLETE_OBSERVATION) for refusal in plan.refusals)


def _silently(_: Plan) -> None:
    """Of a second round nothing is shown."""
