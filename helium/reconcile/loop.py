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

from helium.core.facts import Facts
from helium.core.plan import Code, Destroy, Outcome, Overrides, Plan
from helium.core.register import Lease, Register
from helium.errors import LeaseHeld
from helium.reconcile.apply import Site, announce, apply, lease_length
from helium.reconcile.book import Book, Clock, Run
from helium.reconcile.close import Ending, close
from helium.reconcile.diff import diff
from helium.reconcile.guard import clock_fault, guard, strays
from helium.reconcile.lines import Teller
from helium.reconcile.load import Loaded, Ports, Wish, load, opened
from helium.reconcile.notes import looked, notes
from helium.reconcile.ports import Progress
from helium.reconcile.shards import leave

LOOK_AGAIN = 2.0
"""Seconds between two looks at a lease that another pass holds."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a pass is to go. `dry`: show only; `wait`: how long for another pass's lease; `parallel`: stacks at once.

    `split`: the work is announced and left for shards.
    """

    wish: Wish = field(default_factory=Wish)
    overrides: Overrides = field(default_factory=Overrides)
    dry: bool = False
    split: bool = False
    wait: timedelta = timedelta(0)
    parallel: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a pass showed, and what became of what it applied; `split` is the ledger's commit that shards go on from."""

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    split: str = ""

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

    def go(self, order: Order) -> Result:
        """Load, decide, show; then do it, unless the order is dry. One more round for a name that starts anew."""
        result = self._patiently(order, show=self.show)
        if (
            order.dry
            or order.split
            or not any(isinstance(change, Destroy) and change.again for change in result.plan.work)
        ):
            return result
        return self._second(order, result)

    def _second(self, order: Order, first: Result) -> Result:
        """The names that start anew; what a person reviewed or rolled belonged to the first round."""
        overrides = replace(order.overrides, expect=None)
        wish = replace(order.wish, roll=frozenset(), roll_all=False)
        try:
            second = self._patiently(replace(order, overrides=overrides, wish=wish), show=_silently)
        except LeaseHeld as held:
            self.progress.note(f"what was to be made anew is left to the next pass: {held}")
            return first
        return Result(first.plan, first.outcomes + second.outcomes)

    def _patiently(self, order: Order, *, show: Show) -> Result:
        """One round. Where another pass holds the lease it is waited for, and then all is looked at anew."""
        patience = self.clock() + order.wait
        while True:
            try:
                return self._round(order, show=show)
            except LeaseHeld as held:
                if self.clock() >= patience:
                    raise
                self.progress.note(str(held))
            self._await_lease(patience)

    def _round(self, order: Order, *, show: Show) -> Result:
        now = self.clock()
        loaded = load(self.ports, order.wish, now=now)
        plan, facts = self._decided(loaded, order, now=now)
        show(plan)
        return Result(plan) if order.dry else self._applied(plan, facts, loaded=loaded, order=order)

    def _decided(self, loaded: Loaded, order: Order, *, now: datetime) -> tuple[Plan, Facts]:
        named = order.overrides.allow_replace & {stack.id.name for stack in loaded.facts.listing.stacks}
        plan = diff(loaded.facts, now).replacing(named)
        facts = opened(self.ports, loaded.facts, plan=plan, now=now)
        plan = diff(facts, now).replacing(named)
        return guard(plan, facts, overrides=order.overrides), facts

    def _applied(self, plan: Plan, facts: Facts, *, loaded: Loaded, order: Order) -> Result:
        if self._estranged(plan):
            return Result(plan)
        start, names = monotonic(), order.wish.names
        work = tuple(change for change in plan.work if not names or change.name in names)
        trusted = order.overrides.clock_is_right or not clock_fault(facts, plan.now)
        ending = Ending(work, plan.counts, frozenset(facts.specs), trusted)
        register = self._looked(plan, facts)
        book = Book(self.ports.ledger, loaded.snapshot, register=register, run=self.run, clock=self.clock)
        if not strays(facts):
            facts = self._noted(book, plan, facts=facts)
        site = self._site(facts, book, order=order, works=bool(work))
        if not work:
            close(site, ending, seconds=monotonic() - start)
            return Result(plan)
        lost = self._begin(site, plan, ending=ending, split=order.split)
        with ExitStack() as at_end:
            at_end.callback(lambda: close(site, ending, seconds=monotonic() - start))
            self._make_marker(site)
            if order.split:
                if not facts.listing.marker:
                    book.flush("Say that the marker is made")
                at_end.pop_all()
                return Result(plan, split=book.head)
            self.progress.planned(work)
            outcomes = apply([change for change in work if change.name not in lost], site=site)
        return Result(plan, outcomes)

    def _noted(self, book: Book, plan: Plan, *, facts: Facts) -> Facts:
        """The facts with what this look wrote down: what is put back later is put back to that."""
        teller, noted = Teller(facts, self.run.id), notes(plan, facts, now=self.clock())
        for name, record in noted.items():
            known = book.record(name)
            lines = () if record is not None or known is None else (teller.gone(known, now=self.clock()),)
            book.put(name, record, *lines)
        records = {**facts.records, **noted}
        return replace(facts, records={name: record for name, record in records.items() if record is not None})

    def _site(self, facts: Facts, book: Book, *, order: Order, works: bool) -> Site:
        seen = facts.register.seen if facts.register else None
        touched = self.ports.repo.touched(facts.commit, since=seen) if works else {}
        return Site(
            ports=self.ports,
            book=book,
            run=self.run,
            progress=self.progress,
            clock=self.clock,
            facts=facts,
            parallel=order.parallel or facts.fleet.limits.parallel,
            teller=Teller(facts, self.run.id, touched),
        )

    def _begin(self, site: Site, plan: Plan, *, ending: Ending, split: bool) -> frozenset[str]:
        """The lease, the passphrase (brake 2), and the first commit; the names that somebody else had changed."""
        if held := self._held():
            raise LeaseHeld(str(held))
        if site.facts.listing.marker:
            self.ports.engine.check_marker()
        site.book.take_lease(lease_length(site.facts.fleet.limits.timeout), shared=split)
        announce(ending.work, site, now=self.clock())
        if split:
            leave(plan, ending, site=site)
        return site.book.flush("Begin a pass")

    def _held(self) -> Lease | None:
        """The lease, where another pass has it."""
        register = self.ports.ledger.register()
        lease = register.lease if register else None
        return None if self.run.free(lease, self.clock()) else lease

    def _await_lease(self, patience: datetime) -> None:
        """Until it is free, or patience ends; whoever tries then is told which."""
        told = None
        while (held := self._held()) and self.clock() < patience:
            if held.run != told:
                self.progress.note(f"waiting for another pass: {held}")
            told = held.run
            sleep(LOOK_AGAIN)

    def _make_marker(self, site: Site) -> None:
        """The stack that says whose the state is: announced as `pending`, made, then said to be `made` (brake 2)."""
        if not site.facts.listing.marker:
            self.ports.engine.make_marker()
        site.book.enter(replace(site.book.register, marker="made"))

    def _looked(self, plan: Plan, facts: Facts) -> Register:
        register = facts.register or Register(fleet=facts.fleet.name)
        register = register if register.marker else replace(register, marker="pending")
        new = register.marker == "pending" and register.accepted is None
        refused = any(refusal.code is Code.HISTORY for refusal in plan.refusals)
        accepted = new or (facts.descends is True and not refused)
        if refused:
            return register
        return looked(register, facts, read_with=self.ports.specs.read_with(facts.fleet), accepted=accepted)

    def _estranged(self, plan: Plan) -> bool:
        """The state may be another's: then a look at it proves nothing, nothing is written down, no ledger begun."""
        return any(refusal.code in (Code.NOT_OURS, Code.NOT_WHOLE) for refusal in plan.refusals)


def _silently(_: Plan) -> None:
    """Of a second round nothing is shown."""
