"""One term of the lease, from the first note to the last commit: what a pass writes, and what it has begun.

A pass takes the lease once, in the commit that announces its first work, and gives it back in its last one. A pass with
nothing to do takes none, and notes what it saw only where nobody else holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from helium.core.good_pass import was_good
from helium.core.observation import Observation
from helium.core.plan import Work
from helium.core.run import Clock, Run
from helium.core.usual import SINCE, Usual, usual_seconds
from helium.errors import HeliumError, LeaseTakenError
from helium.ports import Ports
from helium.ports.ledger import Ledger
from helium.ports.progress import Progress
from helium.ports.repo import Commit
from helium.reconcile.announce import announce
from helium.reconcile.apply import ApplyContext
from helium.reconcile.apply_all import tick
from helium.reconcile.decide import Decided
from helium.reconcile.finish import FinishInput, finish, note_pass
from helium.reconcile.lease import before_us, lease_length
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.marker import create_marker, prove_ledger
from helium.reconcile.outcome_lines import OutcomeLines
from helium.reconcile.pass_options import PassOptions
from helium.reconcile.round_notes import first_fleet_record, noted
from helium.reconcile.shards import leave_for_shards
from helium.reconcile.work_queue import USUAL
from helium.reconcile.workers import Workers

RENEW_EVERY = 60.0
"""Seconds between two looks at the age of the lease."""


class UsualTimes:
    """How long changes usually take, by the log, which is read when somebody asks first."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock
        self._known: Usual | None = None

    def seconds(self, change: Work) -> float:
        """Of this kind, in this backend."""
        if self._known is None:
            self._known = usual_seconds(self._ledger.log(since=self._clock() - SINCE))
        return self._known.get((change.kind, change.backend), USUAL)


class Term:
    """What one pass writes. `begun`: by name, what was announced last. `context`: what the changes of this round need.

    All methods belong to the thread of the pass.
    """

    def __init__(
        self, ports: Ports, run: Run, *, progress: Progress, clock: Clock, workers: Workers, first: Decided
    ) -> None:
        self.ports, self.run, self.progress, self.clock, self.workers = ports, run, progress, clock, workers
        self.first = self.last = first
        self.started = workers.now()
        self.begun: dict[str, Work] = {}
        fleet_record = first_fleet_record(first, run)
        self.writer = LedgerWriter(ports.ledger, first.snapshot, fleet_record=fleet_record, run=run, clock=clock)
        self.writer.go_by(first.dated, ahead=first.ahead)

    def go_on_from(self, decided: Decided, *, commits: int) -> None:
        """Another round has looked. `commits`: how often the writer had written when it began to."""
        self.last = decided
        self.writer.rebase(decided.snapshot, keep=decided.observed.at_work, commits=commits)
        self.writer.go_by(decided.dated, ahead=decided.ahead)

    def note(self, options: PassOptions) -> None:
        """Fill the writer with what this round saw, and begin the context of its changes."""
        before = self.last.observed
        seen = before.fleet_record.seen if before.fleet_record else None
        # It walks history, and only what is at work and the lines of outcomes need it.
        needed = before.at_work or options.selection.work_of(self.last.plan)
        touched = self.ports.repo.touched(before.commit, since=seen) if needed else {}
        observed = noted(
            self.last,
            writer=self.writer,
            ports=self.ports,
            run=self.run,
            clock=self.clock,
            touched=touched,
        )
        self.context = self._context(observed, options, touched=touched)
        if self.begun and self.last.trusted:
            # Otherwise a pass that works for an hour would look as if nobody passed.
            seconds, good = self.workers.now() - self.started, was_good(self.last.plan)
            note_pass(self.context, self.first.plan.counts, seconds=seconds, good=good)

    def announced(self, work: Sequence[Work], options: PassOptions, *, at_end: ExitStack) -> list[Work]:
        """Announce this work, the first time with the lease; the changes that are this pass's from now on.

        Killed after it, the ledger already says what may exist, so nothing that the engine creates is ever unknown.
        """
        first = not self.begun
        if first:
            self._take_lease(options)
            if options.order:
                # In this very commit: killed before it, the order waits; after it, nobody begins it again.
                self.writer.put_order(replace(options.order, begun=self.writer.fleet_record.lease))
        announce(work, self.context, now=self.clock())
        if options.sharded:
            leave_for_shards(self.last.plan, self._ending(work), context=self.context)
        try:
            not_ours = self.writer.flush("Begin a pass" if first else "Begin more")
        except HeliumError:
            for change in work:
                self.writer.forget(change.name)
            raise
        self.begun |= {change.name: change for change in work}
        if first:
            # Whatever happens from here on: a lease that is kept stops every other pass until it runs out.
            at_end.callback(self.finish)
            if not options.sharded:
                at_end.enter_context(self.workers.every(RENEW_EVERY, partial(tick, self.context)))
            # Before the first stack: a state with stacks and no marker could be anybody's.
            create_marker(self.context)
        not_ours |= self.writer.changed_by_others
        return [change for change in work if change.name not in not_ours]

    def _take_lease(self, options: PassOptions) -> None:
        if before := before_us(self.ports.ledger.fleet_record(), self.run, now=self.writer.lease_time):
            raise LeaseTakenError(before)
        # A wrong passphrase would first be noticed in the middle of the work, with secrets written under two of them.
        if self.context.observed.listing.marker:
            prove_ledger(self.ports.engine, self.writer.fleet_record)
        length = lease_length(self.context.observed.fleet.limits.timeout)
        self.writer.take_lease(length, shared=options.sharded)

    def finish(self) -> None:
        """The last commit."""
        finish(self.context, self._ending(tuple(self.begun.values())), seconds=self.workers.now() - self.started)

    @property
    def may_note(self) -> bool:
        """Whether this pass may write what it saw: it has the lease, or nobody has.

        Only the holder of the lease writes notes: from here, what it announced and has not made looks gone.
        """
        known = self.last.snapshot.fleet_record
        free = not self.begun and self.run.free(known.lease if known else None, self.writer.lease_time)
        return free or self.writer.has_lease

    def finish_quietly(self) -> None:
        """The last commit of a pass that had nothing to do."""
        if not self.begun and self.may_note:
            self.finish()

    def _ending(self, work: Sequence[Work]) -> FinishInput:
        files = frozenset(self.last.observed.specs)
        good = was_good(self.last.plan)
        return FinishInput(tuple(work), self.first.plan.counts, files, clock_is_trusted=self.last.trusted, good=good)

    def _context(self, observed: Observation, options: PassOptions, *, touched: Mapping[str, Commit]) -> ApplyContext:
        return ApplyContext(
            ports=self.ports,
            writer=self.writer,
            run=self.run,
            progress=self.progress,
            clock=self.clock,
            observed=observed,
            parallel=options.parallel or observed.fleet.limits.parallel,
            log=OutcomeLines(observed, self.run.id, touched, options.order.by if options.order else ""),
            assume_absent=options.overrides.assume_absent,
            pause=self.workers.pause,
        )
