"""One pass, from top to bottom. `plan` and `reconcile` are this one path; a plan stops after it was shown.

A pass is the time of one lease, and has rounds. Each round looks at everything anew, leaves out the names at work, and
starts what finds a slot. So a commit that lands while a pass runs is begun within seconds, and a slow stack holds up
nobody. What a person decided by looking at one plan belongs to that plan, so then there is one round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

from helium.core.fleet_record import FleetRecord, Pause, Waiting
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Outcome, Plan, Work
from helium.core.run import Clock, Run
from helium.errors import HeliumError, LeaseTakenError
from helium.ports import Ports
from helium.ports.progress import Progress
from helium.reconcile.apply import ApplyContext, announce, one_change
from helium.reconcile.apply_all import apply_all, stopped, tick
from helium.reconcile.decide import Decided, decide
from helium.reconcile.finish import FinishInput, finish
from helium.reconcile.known_stacks import KnownStacks
from helium.reconcile.lease import Turn, before_us, lease_length
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.marker import create_marker, prove_ledger
from helium.reconcile.notes import first_fleet_record, noted
from helium.reconcile.outcome_lines import OutcomeLines
from helium.reconcile.pass_options import PassOptions, Result
from helium.reconcile.report import refused
from helium.reconcile.rounds import Rounds, next_due, why_it_drains
from helium.reconcile.shards import leave_for_shards
from helium.reconcile.work_queue import WorkQueue
from helium.reconcile.workers import ThreadWorkers, Workers

__all__ = ["Pass", "PassOptions", "Result"]

LOOK_EVERY = 1.0
"""Seconds between two looks at what is at work."""
RENEW_EVERY = 60.0
"""Seconds between two looks at the age of the lease."""

Show = Callable[[Plan], None]


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass by one run. `show` gets the first plan before anything is done."""

    ports: Ports
    run: Run
    progress: Progress
    clock: Clock
    show: Show
    workers: Workers = field(default_factory=ThreadWorkers)

    def go(self, options: PassOptions) -> Result:
        """Run one pass. `LeaseTakenError` where another pass has the lease for longer than `options.wait`."""
        give_up_at = self.clock() + options.wait
        note, sleep = self.progress.note, self.workers.wait
        turn = Turn(self.ports.ledger, self.run, self.clock, note, sleep, asks=options.one_plan)
        while True:
            try:
                return _Going(self, options).rounds()
            except LeaseTakenError as taken:
                if self.clock() >= give_up_at:
                    raise
                self.progress.note(str(taken))
            # A plan from before the wait would be out of date, so everything is looked at anew.
            turn.wait(give_up_at=give_up_at)


class _Going:
    """A pass under way: what it goes by, what it has begun, and what it leaves for a slot or for a later round."""

    def __init__(self, given: Pass, options: PassOptions) -> None:
        self.given, self.options, self.ports, self.workers = given, options, given.ports, given.workers
        self.started = self.workers.now()
        self.pace = Rounds(take_until=self.started + options.take_until.total_seconds())
        self.known = KnownStacks()
        self.begun: dict[str, Work] = {}
        self.outcomes: list[Outcome] = []
        self.left: tuple[Work, ...] = ()
        self.more = self.news = self.went_round = False

    def rounds(self) -> Result:
        """The rounds, until nothing is at work and nothing is left to begin."""
        self.first = self.last = self._look(at_work=frozenset())
        self.given.show(self.first.plan)
        if self.options.dry or _state_is_doubtful(self.first.plan):
            # Looking at a state that may be another fleet's proves nothing, so not even a note is written.
            return Result(self.first.plan)
        self.told = frozenset(map(refused, self.first.plan.refusals))
        self.queue = WorkQueue(self.workers, slots=self._parallel)
        self.writer = self._writer()
        with ExitStack() as at_end:
            if sharded := self._round(at_end):
                return Result(self.first.plan, sharded=sharded)
            while not self._is_over:
                self._heed(self.queue.ended() if self.queue.idle else self.queue.wait(LOOK_EVERY))
                tick(self.context)
                try:
                    self._go_on(at_end)
                except HeliumError as error:
                    self._missed(error)
            self._heed(self.queue.ended())
        return Result(self.first.plan, tuple(self.outcomes))

    @property
    def _is_over(self) -> bool:
        """Whether nothing is at work, and nothing more is to be begun."""
        return self.queue.idle and (bool(self.pace.drains) or not self.more)

    def _look(self, *, at_work: frozenset[str]) -> Decided:
        """Steps 1 to 4: what there is, and what is to be done about it. Nothing is changed."""
        began, options = self.workers.now(), self.options
        known = self.known.listing(began)
        decided = decide(
            self.ports, options.selection, options.overrides, now=self.given.clock(), known=known, at_work=at_work
        )
        listing = decided.observed.listing
        if listing is not known:
            self.known.listed(listing, at=began)
        if listing.note:
            self.given.progress.note(listing.note)
        self.pace.looked(began, now=self.workers.now())
        return decided

    def _look_again(self) -> bool:
        """Another round's look. False where it must not go on from it: something is missing, or it ends."""
        # Before anything is read. Whatever is at work at any moment from here to the announcement is left out.
        at_work = self.queue.names
        self.writer.settle()
        self._heed(self.queue.ended())
        commits = self.writer.commits
        decided = self._look(at_work=at_work)
        self.pace.drains = why_it_drains(self.first.observed, decided.observed) or self._why_it_ends(decided)
        if self.pace.drains:
            self._tell([f"This pass begins nothing more, and ends when all that runs has ended: {self.pace.drains}."])
            return False
        self._tell(map(refused, decided.plan.refusals))
        self.writer.rebase(decided.snapshot, keep=at_work, commits=commits)
        self.writer.go_by(decided.dated, ahead=decided.ahead)
        self.last = decided
        return True

    def _missed(self, error: HeliumError) -> None:
        """Something could not be read or written between two rounds. What runs goes on, and what is done stays done."""
        if self.queue.idle:
            self.pace.drains = str(error)
            self._tell([f"This pass looks no further: {error}"])
            return
        self._tell([f"This pass cannot begin anything new now, and tries again: {error}"])
        self.pace.look_failed(now=self.workers.now())

    def _round(self, at_end: ExitStack) -> str:
        """Steps 5 to 8, for what was looked at last. Returns the ledger's commit where shards go on from here."""
        # 5. Note what was seen, also when nothing may be applied: the next pass can only call a deadline passed, or a
        #    file removed, that an earlier one has seen. This still only fills the writer.
        self.more = self.news = False
        if _state_is_doubtful(self.last.plan):
            return ""
        observed = noted(self.last, writer=self.writer, ports=self.ports, run=self.given.run, clock=self.given.clock)
        # 6. Choose what finds a slot. In a later round the rest is planned anew.
        work = self.options.selection.work_of(self.last.plan)
        if not self.options.one_plan:
            work = self.pace.due(work, now=self.workers.now())
            chosen = self.queue.chosen(work)
            work, self.left = chosen, tuple(change for change in work if change not in chosen)
        self.context = self._context(observed, works=bool(work))
        if not work:
            self._finish_quietly()
            return ""
        return self._carried_out(work, at_end)

    def _carried_out(self, work: Sequence[Work], at_end: ExitStack) -> str:
        # 7. Announce: in one commit, with the lease and the passphrase the first time. Killed after it, the ledger
        #    already says what may exist, so nothing that the engine creates is ever unknown.
        ours = self._announced(work, at_end)
        if self.options.sharded:
            if not self.context.observed.listing.marker:
                self.writer.flush("Note that the marker exists")
            # The shards go on under this lease, on other machines, and a step of its own finishes the pass.
            at_end.pop_all()
            return self.writer.head
        # 8. Start. Names whose record somebody else changed meanwhile are left to a later round.
        self.given.progress.planned(ours)
        if self.options.one_plan:
            self.outcomes += apply_all(ours, context=self.context, workers=self.workers)
            self._go_round_once(ours)
        else:
            self._start(ours)
        return ""

    def _announced(self, work: Sequence[Work], at_end: ExitStack) -> list[Work]:
        """The changes that are this pass's from now on."""
        first = not self.begun
        if first:
            self._take_lease()
        announce(work, self.context, now=self.given.clock())
        if self.options.sharded:
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
            at_end.callback(self._finish)
            at_end.enter_context(stopped(self.queue, self.ports.engine, progress=self.given.progress))
            at_end.enter_context(self.workers.every(RENEW_EVERY, partial(tick, self.context)))
            # Before the first stack: a state with stacks and no marker could be anybody's.
            create_marker(self.context)
        not_ours |= self.writer.changed_by_others
        for change in work:
            if change.name in not_ours:
                self.pace.put_back(change, now=self.workers.now())
        return [change for change in work if change.name not in not_ours]

    def _take_lease(self) -> None:
        if before := before_us(self.ports.ledger.fleet_record(), self.given.run, now=self.writer.lease_time):
            raise LeaseTakenError(before)
        # A wrong passphrase would first be noticed in the middle of the work, with secrets written under two of them.
        if self.context.observed.listing.marker:
            prove_ledger(self.ports.engine, self.writer.fleet_record)
        length = lease_length(self.context.observed.fleet.limits.timeout)
        self.writer.take_lease(length, shared=self.options.sharded)

    def _start(self, work: Sequence[Work]) -> None:
        self.more = self.more or bool(work)
        for change in work:
            self.queue.add(change, partial(one_change, change, self.context))
        self.queue.start()

    def _go_round_once(self, work: Sequence[Work]) -> None:
        """Where something was destroyed only to be created again, a second round creates it. There is never a third.

        What a person reviewed (`--expect`) and rolled was the first round's plan.
        """
        if self.outcomes and not self.went_round and any(isinstance(one, Destroy) and one.again for one in work):
            selection = replace(self.options.selection, roll=frozenset(), roll_all=False)
            overrides = replace(self.options.overrides, expect=None)
            self.options = replace(self.options, once=True, selection=selection, overrides=overrides)
            self.more = self.went_round = True

    def _go_on(self, at_end: ExitStack) -> None:
        """Another round where there is a reason for one; until then the last plan is good enough for a free slot."""
        if self.pace.drains:
            return
        if self.queue.idle or (self.workers.now() >= self.pace.next_at and self._somebody_calls()):
            if self._look_again():
                self._round(at_end)
        elif work := self.queue.chosen(self.left):
            self._start(self._announced(work, at_end))
            self.left = tuple(change for change in self.left if change not in work)

    def _heed(self, outcomes: Sequence[Outcome]) -> None:
        """Take in what has ended."""
        for outcome in outcomes:
            change = self.begun[outcome.name]
            self.outcomes.append(outcome)
            self.known.ended(change, outcome)
            self.pace.ended(change, outcome, now=self.workers.now())
            self.news = True

    def _somebody_calls(self) -> bool:
        """Whether another round may see something new: an end, main, a pause, a deadline, a retry that is due."""
        now = self.workers.now()
        if self.news or self.given.clock() >= next_due(self.last.observed, self.last.plan.now):
            return True
        if self.pace.put_back_is_due(now) or self.queue.chosen(self.left):
            return True
        if not self.pace.asks(now):
            return False
        self.ports.repo.fetch()
        head, known = self.ports.repo.head(), self.ports.ledger.fleet_record()
        self.pace.asked(now, now=self.workers.now())
        return (
            self.pace.overdue(now)
            or head != self.last.plan.commit
            or not self.writer.lease_is_ours(known)
            or _wishes(known) != _wishes(self.last.observed.fleet_record)
        )

    def _why_it_ends(self, decided: Decided) -> str:
        known = decided.snapshot.fleet_record
        if not self.writer.lease_is_ours(known):
            return "it no longer holds the lease"
        if known is not None and before_us(replace(known, lease=None), self.given.run, now=self.writer.lease_time):
            return "another pass waits for the lease"
        return "its time is over" if self.pace.overdue(self.workers.now()) else ""

    def _tell(self, sentences: Iterable[str]) -> None:
        """Say what is new."""
        for sentence in sentences:
            if sentence not in self.told:
                self.told |= {sentence}
                self.given.progress.note(sentence)

    @property
    def _parallel(self) -> int:
        return self.options.parallel or self.first.observed.fleet.limits.parallel

    def _writer(self) -> LedgerWriter:
        writer = LedgerWriter(
            self.ports.ledger,
            self.first.snapshot,
            fleet_record=first_fleet_record(self.first, self.given.run),
            run=self.given.run,
            clock=self.given.clock,
        )
        writer.go_by(self.first.dated, ahead=self.first.ahead)
        return writer

    def _context(self, observed: Observation, *, works: bool) -> ApplyContext:
        seen = observed.fleet_record.seen if observed.fleet_record else None
        # Only lines of outcomes need it, and it walks history.
        touched = self.ports.repo.touched(observed.commit, since=seen) if works else {}
        return ApplyContext(
            ports=self.ports,
            writer=self.writer,
            run=self.given.run,
            progress=self.given.progress,
            clock=self.given.clock,
            observed=observed,
            parallel=self._parallel,
            log=OutcomeLines(observed, self.given.run.id, touched),
            assume_absent=self.options.overrides.assume_absent,
        )

    def _ending(self, work: Sequence[Work]) -> FinishInput:
        files = frozenset(self.last.observed.specs)
        return FinishInput(tuple(work), self.first.plan.counts, files, clock_is_trusted=self.last.trusted)

    def _finish(self) -> None:
        finish(self.context, self._ending(tuple(self.begun.values())), seconds=self.workers.now() - self.started)

    def _finish_quietly(self) -> None:
        known = self.last.snapshot.fleet_record
        if not self.begun and self.given.run.free(known.lease if known else None, self.writer.lease_time):
            # Only the holder of the lease writes notes: from here, what it announced and has not made looks gone.
            self._finish()


def _wishes(fleet_record: FleetRecord | None) -> tuple[Pause | None, Waiting | None]:
    """What people and other passes ask of a pass."""
    return (fleet_record.pause, fleet_record.waiting) if fleet_record else (None, None)


def _state_is_doubtful(plan: Plan) -> bool:
    return any(refusal.code in (Code.FOREIGN_STATE, Code.INCOMPLETE_OBSERVATION) for refusal in plan.refusals)
