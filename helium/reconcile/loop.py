"""One pass, from top to bottom. `plan` and `reconcile` are this one path; a plan stops after it was shown.

A pass is the time of one lease, and has rounds. Each round looks at everything again, leaves out the names at work, and
starts what finds a slot. So a commit that lands while a pass runs is begun within seconds, and a slow stack holds up
nobody. What a person decided by looking at one plan belongs to that plan, so then there is one round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

from helium.core.fleet_record import FleetRecord
from helium.core.plan import Code, Destroy, Outcome, Plan, Work
from helium.core.run import Clock, Run
from helium.core.sharded_plan import shards_for
from helium.errors import HeliumError
from helium.ports import Ports
from helium.ports.progress import Progress
from helium.ports.repairs import Repairs, no_repairs
from helium.reconcile.apply import NO_LEASE, not_started
from helium.reconcile.apply_all import apply_all, stopped, tick
from helium.reconcile.beginnings import Beginnings
from helium.reconcile.decide import Decided, decide
from helium.reconcile.drift_looks import finds_drift
from helium.reconcile.known_stacks import KnownStacks
from helium.reconcile.lease import Turn, before_us
from helium.reconcile.orders import WaitingOrders
from helium.reconcile.pass_options import PassOptions, Result
from helium.reconcile.report import refused
from helium.reconcile.rounds import Rounds, asked_of, next_due, why_it_drains
from helium.reconcile.said_once import SaidOnce
from helium.reconcile.term import Term, UsualTimes
from helium.reconcile.work_queue import WorkQueue
from helium.reconcile.workers import ThreadWorkers, Workers

__all__ = ["Pass", "PassOptions", "Result"]

LOOK_EVERY = 1.0
"""Seconds between two looks at what is at work."""

Show = Callable[[Plan], None]


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass by one run. `show` gets the first plan before anything is done. `repairs`: what orders may need."""

    ports: Ports
    run: Run
    progress: Progress
    clock: Clock
    show: Show
    workers: Workers = field(default_factory=ThreadWorkers)
    repairs: Repairs = no_repairs

    def go(self, options: PassOptions) -> Result:
        """Run one pass. `LeaseTakenError` where another pass has the lease for longer than `options.wait`.

        Orders that wait are carried out first, and those that come while it works as soon as nothing is at work.
        """
        orders = WaitingOrders(self.ports, self.run, clock=self.clock, note=self.progress.note, repairs=self.repairs)
        return orders.between_turns(options, turn=partial(self._turn, orders=orders), now=self.workers.now)

    def _turn(self, options: PassOptions, orders: WaitingOrders) -> Result:
        note, sleep = self.progress.note, self.workers.wait
        turn = Turn(self.ports.ledger, self.run, self.clock, note, sleep, asks=options.one_plan)
        return turn.attempt(lambda: _Going(self, options, orders=orders).go(), give_up_at=self.clock() + options.wait)


class _Going:
    """A pass under way. `more`: another round is due before it may end. `unseen`: the last look left out what ended."""

    def __init__(self, given: Pass, options: PassOptions, *, orders: WaitingOrders) -> None:
        self.given, self.options, self.ports, self.workers = given, options, given.ports, given.workers
        self.orders = orders
        self.pace = Rounds(take_until=self.workers.now() + options.take_until.total_seconds())
        self.known = KnownStacks()
        self.outcomes: list[Outcome] = []
        self.say = SaidOnce(given.progress.note)
        self.more = self.news = self.went_round = self.looked = self.ordered = self.unseen = False

    def go(self) -> Result:
        """The rounds, until nothing is at work and nothing is left to begin."""
        first = self._look(at_work=frozenset())
        if self.orders.are_due(first, self.options):
            return Result(Plan(first.plan.commit, first.plan.now), ordered=True)
        stop = self.orders.why_not(first, self.options)
        self.given.show(first.plan)
        if self.options.dry or stop:
            return Result(first.plan, stopped=stop)
        self.say.knows(map(refused, first.plan.refusals))
        given, parallel = self.given, self.options.parallel or first.observed.fleet.limits.parallel
        self.queue = WorkQueue(self.workers, slots=parallel, usual=UsualTimes(self.ports.ledger, given.clock).seconds)
        self.term = Term(
            self.ports, given.run, progress=given.progress, clock=given.clock, workers=self.workers, first=first
        )
        self.begins = Beginnings(
            self.queue, self.term, pace=self.pace, progress=given.progress, workers=self.workers, options=self.options
        )
        with ExitStack() as at_end, stopped(self.queue, self.ports.engine, progress=given.progress):
            if sharded := self._round(at_end):
                shards = shards_for(self.term.begun.values(), parallel=parallel, most=self.options.most_shards)
                return Result(first.plan, sharded=sharded, shards=shards)
            while not self._is_over or self._finds_drift():
                self._heed(self.queue.wait(LOOK_EVERY))
                try:
                    self._go_on(at_end)
                except HeliumError as error:
                    self._missed(error)
                # Now, and not before: what begins takes along what has ended, in one push.
                tick(self.term.context)
            self._heed(self.queue.ended())
        left = () if self.ordered else self._never_begun(first.plan)
        return Result(first.plan, (*self.outcomes, *left), ordered=self.ordered)

    def _never_begun(self, plan: Plan) -> list[Outcome]:
        """What was shown, and what this pass came to its end without. Whoever reads the exit code must know of it."""
        why, work = self._rests, self.options.selection.work_of(plan)
        left = (change for change in work if why and change.name not in self.term.begun)
        return [not_started(change, Code.CHANGED_MEANWHILE, why=why) for change in left]

    @property
    def _is_over(self) -> bool:
        """Whether nothing is at work, and nothing more is to be begun."""
        return self.queue.idle and (bool(self._rests) or not self.more)

    def _finds_drift(self) -> bool:
        """Whether a look, once all else is done, found something that another round puts right."""
        self.more = not (self.looked or self._rests) and finds_drift(self.term, self.options)
        self.looked = True
        return self.more

    @property
    def _rests(self) -> str:
        return self.pace.rests(self.workers.now(), slow=self.queue.slow)

    def _look(self, *, at_work: frozenset[str]) -> Decided:
        """Steps 1 to 4: what there is, and what is to be done about it. Nothing is changed."""
        began, options = self.workers.now(), self.options
        known = self.known.listing(began)
        decided = decide(
            self.ports,
            options.selection,
            overrides=options.overrides,
            clock=self.given.clock,
            known=known,
            at_work=at_work,
        )
        listing = decided.observed.listing
        if listing is not known:
            self.known.listed(listing, at=began)
        if listing.note:
            self.given.progress.note(listing.note)
        self.pace.looked(began, now=self.workers.now())
        return decided

    def _look_again(self) -> bool:
        """Another round's look. False where nothing more is begun from here on."""
        # Before anything is read. Whatever is at work at any moment from here to the announcement is left out.
        at_work = self.queue.names
        unwritten = self.begins.unwritten
        if not unwritten:
            self.term.writer.settle()
        # What ends from here on is left out as well, so there must be another look at it.
        ended = self.queue.ended()
        self.unseen = bool(unwritten) or any(each.name in at_work for each in ended)
        self._heed(ended)
        self.pace.unwritten(self.term.writer.changed_by_others)
        commits = self.term.writer.commits
        decided = self._look(at_work=at_work | unwritten)
        known = decided.snapshot.fleet_record
        self.pace.asked_again(decided.observed)
        self.pace.drains = why_it_drains(self.term.first.observed, decided.observed)
        if self.term.begun and not self.term.writer.lease_is_ours(known):
            self.pace.drains = NO_LEASE
        longest = decided.observed.fleet.limits.timeout.total_seconds()
        self.ordered = not self.pace.drains and self.orders.are_due(decided, self.options)
        self.pace.is_to_end(self._why_it_ends(known), now=self.workers.now(), longest=longest)
        if why := self.pace.drains or self.pace.to_end:
            begins = "nothing more" if self._rests else "more only while something slow is at work"
            self.say([f"This pass begins {begins}, and ends when all that runs has ended: {why}."])
        if self._rests:
            return False
        self.say(map(refused, decided.plan.refusals))
        self.term.go_on_from(decided, commits=commits)
        return True

    def _why_it_ends(self, known: FleetRecord | None) -> str:
        if known is not None and before_us(replace(known, lease=None), self.given.run, now=self.term.writer.lease_time):
            return "another pass waits for the lease"
        if self.ordered:
            return "an order waits, and comes next"
        return "its time is over" if self.pace.overdue(self.workers.now()) else ""

    def _round(self, at_end: ExitStack) -> str:
        """Steps 5 to 8, for what was looked at last. Returns the ledger's commit where shards go on from here."""
        # What it left out although it has ended, the next one sees, and the pass is not over before.
        self.more = self.news = self.unseen
        # The last plan is over, also where this one may not be carried out.
        self.begins.left = ()
        plan = self.term.last.plan
        if plan.state_is_doubtful:
            # Looking at a state that may be another fleet's proves nothing, so not even a note is written.
            return ""
        # 5. Note what was seen, also when nothing may be applied: the next pass can only call a deadline passed, or a
        #    file removed, that an earlier one has seen. This still only fills the writer.
        self.term.note(self.options)
        # 6. Choose what finds a slot; all where a person saw the plan. In a later round the rest is planned again.
        work = self.options.selection.work_of(plan)
        work = work if self.options.one_plan else self.begins.chosen(work)
        if not work:
            self.term.finish_quietly()
            return ""
        # 7. Announce: in one commit, with the lease and the passphrase the first time.
        ours = self._announced(work, at_end)
        if self.options.sharded:
            if not self.term.context.observed.listing.marker:
                self.term.writer.flush("Note that the marker exists")
            # The shards go on under this lease, on other machines, and a step of its own finishes the pass.
            at_end.pop_all()
            return self.term.writer.head
        # 8. Start. Names whose record somebody else changed meanwhile are left to a later round.
        if self.options.one_plan:
            self.given.progress.planned(ours)
            self.outcomes += apply_all(ours, context=self.term.context, workers=self.workers)
            self._go_round_once(ours)
        else:
            self._start(ours)
        return ""

    def _announced(self, work: Sequence[Work], at_end: ExitStack) -> list[Work]:
        ours = self.begins.announced(work, at_end)
        self.known.marked()
        return ours

    def _start(self, work: Sequence[Work]) -> None:
        self.more = self.more or bool(work)
        self.begins.start(work)

    def _go_round_once(self, work: Sequence[Work]) -> None:
        """Where something was destroyed only to be created again, a second round creates it. There is never a third."""
        if not self.went_round and any(isinstance(change, Destroy) and change.again for change in work):
            self.options = self.begins.options = self.options.of_second_round
            self.more = self.went_round = True

    def _go_on(self, at_end: ExitStack) -> None:
        """Another round where there is a reason for one; until then the last plan is good enough for a free slot."""
        if why := self._rests:
            self.begins.withdraw(why)
            return
        self.queue.start()
        if not self.begins.may_announce:
            return
        if self.queue.idle or (self.workers.now() >= self.pace.next_at and self._somebody_calls()):
            if self._look_again():
                self._round(at_end)
            self.pace.failed = 0
        elif work := self.begins.chosen(self.begins.left):
            self._start(self._announced(work, at_end))

    def _heed(self, outcomes: Sequence[Outcome]) -> None:
        """Take in what has ended."""
        for outcome in outcomes:
            change = self.term.begun[outcome.name]
            self.outcomes.append(outcome)
            self.known.ended(change, outcome)
            self.pace.ended(change, outcome, now=self.workers.now())
            self.news = True

    def _somebody_calls(self) -> bool:
        """Whether another round may see something new: an end, main, a pause, a deadline, a retry that is due."""
        now, last = self.workers.now(), self.term.last
        if self.news or self.given.clock() >= next_due(last.observed, last.plan.now):
            return True
        if self.pace.put_back_is_due(now) or self.queue.chosen(self.begins.left):
            return True
        if not self.pace.asks(now):
            return False
        self.ports.repo.fetch()
        head, known = self.ports.repo.head(), self.ports.ledger.fleet_record()
        self.pace.asked(now, now=self.workers.now())
        return (
            self.pace.overdue(now)
            or head != last.plan.commit
            or not self.term.writer.lease_is_ours(known)
            or asked_of(known) != asked_of(last.observed.fleet_record)
        )

    def _missed(self, error: HeliumError) -> None:
        """Something could not be read, or announced: another round is due. What runs goes on; what is done is done."""
        self.begins.left, self.news = (), True
        if self.queue.idle:
            self.pace.drains = str(error)
            self.say([f"This pass looks no further: {error}"])
            return
        self.say([f"This pass cannot begin anything new now, and tries again: {error}"])
        self.pace.look_failed(now=self.workers.now())
