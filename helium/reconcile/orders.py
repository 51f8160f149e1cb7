"""What was ordered, carried out by one pass: each order once, whatever else happens.

An order is begun by writing so over the order that was read, in the commit that announces its work, or before its
repair. So of two passes one begins it; and killed at any moment, it either waits, or is told as cut short by the next
pass, which goes on with what was announced and begins nothing of the order again. It decides nothing about a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from helium.core.fleet_record import Lease
from helium.core.log_line import ORDERED, LogLine
from helium.core.observation import Observation
from helium.core.order import Ended, Order, UnknownOrder
from helium.core.order_kinds import How, rules_of
from helium.core.order_rules import NotCarriedOut, saw, waiting, why_not
from helium.core.run import Clock, Run
from helium.errors import HeliumError, LeaseTakenError, OrderTakenError, SettingsMovedError
from helium.ports import Ports
from helium.ports.ledger import Snapshot, Writes
from helium.ports.repairs import Repairs
from helium.reconcile.decide import Decided
from helium.reconcile.lease import lease_length
from helium.reconcile.load import fleet_at
from helium.reconcile.order_options import how_it_went, options_of, stopped
from helium.reconcile.pass_options import PassOptions, Result
from helium.reconcile.rounds import why_it_drains

CUT = (
    "{run} began it, and was cut short before it said how it went. What it had announced goes on. If something is left "
    "that needs the order, look, and order it again."
)

TurnOf = Callable[[PassOptions], Result]
"""Passes once, with these options, by the same run."""


@dataclass(slots=True)
class WaitingOrders:
    """The orders, as one pass meets them. `_tried`: what it has tried already; `_opened`: what it was opened with."""

    ports: Ports
    run: Run
    clock: Clock = field(kw_only=True)
    note: Callable[[str], None] = field(kw_only=True)
    repairs: Repairs = field(kw_only=True)
    _tried: set[str] = field(default_factory=set)
    _named: set[str] = field(default_factory=set)
    _opened: Observation | None = None

    def between_turns(self, options: PassOptions, *, turn: TurnOf, now: Callable[[], float]) -> Result:
        """Pass, and carry out what waits whenever the pass came to its end for that, as long as it may take work."""
        ends_at = now() + options.take_until.total_seconds()
        result = turn(options)
        while result.ordered:
            self._carry_out(options, turn=turn)
            try:
                left = timedelta(seconds=max(0.0, ends_at - now()))
                result = result.then(turn(replace(options, take_until=left)))
            except SettingsMovedError as moved:
                self.note(str(moved))
                return result
        return result

    def are_due(self, decided: Decided, options: PassOptions) -> bool:
        """Whether an order waits that this pass takes, and has not tried."""
        self._opened = self._opened or decided.observed
        return options.takes_orders and bool(self._due(decided.snapshot))

    def why_not(self, first: Decided, options: PassOptions) -> NotCarriedOut | None:
        """Why the order that a turn is for is not carried out, by all that was seen of it in one look.

        `SettingsMovedError` where main has other settings or backends than when this pass was opened,
        `OrderTakenError` where another one has it by now.
        """
        if self._opened and (why := why_it_drains(self._opened, first.observed)):
            raise SettingsMovedError(f"This pass ends, and the next one goes on: {why}.")
        order = options.order
        if order is None:
            return None
        _refuse_changed(order, first.snapshot)
        # By the clock as it is now, since the look may have taken long; and by the remote's, if that is ahead.
        now = max(self.clock(), first.dated or first.plan.now)
        return stopped(order, first, entries=self.ports.repo.entries(first.observed.commit), now=now)

    def _carry_out(self, base: PassOptions, *, turn: TurnOf) -> None:
        """Carry out what waits, the oldest first. `SourceError` when how one ended cannot be written."""
        while due := self._due(self.ports.ledger.read()):
            self._tried.add(due[0].id)
            self.note(f"The order {due[0].id}: {due[0]}.")
            end = self._end_of(due[0], base, turn=turn)
            if end is not None:
                self._close(due[0].id, end)

    def _due(self, snapshot: Snapshot) -> list[Order]:
        for each in snapshot.orders.values():
            if isinstance(each, UnknownOrder) and each.id not in self._named:
                self._named.add(each.id)
                self.note(f"An order is left alone: {each.sentence}.")
        found = waiting(
            snapshot.orders,
            run=self.run,
            lease=snapshot.fleet_record.lease if snapshot.fleet_record else None,
            now=self.clock(),
        )
        return [order for order in found if order.id not in self._tried]

    def _end_of(self, order: Order, base: PassOptions, *, turn: TurnOf) -> NotCarriedOut | None:
        """How it ended; `None` where it goes on waiting, or is somebody else's."""
        if order.begun is not None:
            return NotCarriedOut(Ended.CUT_SHORT, CUT.format(run=order.begun.run))
        try:
            if rules_of(order).how is How.PASS:
                return _passed(order, base, turn=turn)
            return self._repaired(order, base, turn=turn)
        except (LeaseTakenError, OrderTakenError, SettingsMovedError) as error:
            self.note(f"The order {order.id} waits: {error}")
            return None
        except HeliumError as error:
            return NotCarriedOut(Ended.FAILED, str(error))

    def _repaired(self, order: Order, base: PassOptions, *, turn: TurnOf) -> NotCarriedOut | None:
        """What its command does outside of a pass; then, for some, a pass."""
        self.ports.repo.fetch()
        commit, snapshot = self.ports.repo.head(), self.ports.ledger.read()
        _refuse_changed(order, snapshot)
        fleet = fleet_at(self.ports.repo, self.ports.specs, commit=commit)
        seen = saw(order, entries=self.ports.repo.entries(commit), records=snapshot.records)
        if why := why_not(order, fleet=fleet, seen=seen, now=self.clock()):
            return why
        run, length = self.run, lease_length(fleet.limits.timeout)
        begun = replace(order, begun=Lease(run.id, 0, run.host, run.pid, run.boot, self.clock() + length))
        # Before the repair: twice done, an unlock would break the lock of whoever came after.
        self.ports.ledger.write(Writes(orders={order.id: begun}, message=f"Begin the order {order.id}"), on=snapshot)
        try:
            said = self.repairs(begun)
            if not rules_of(order).then_passes:
                return NotCarriedOut(Ended.DONE, said)
            # It has begun, so it cannot wait for another pass to do it.
            end = _passed(begun, replace(base, wait=length), turn=turn)
        except HeliumError as error:
            return NotCarriedOut(Ended.FAILED, str(error))
        return replace(end, sentence=f"{said} {end.sentence}")

    def _close(self, id: str, end: NotCarriedOut) -> None:
        """Write how it ended, unless somebody else has, and a line of the log for each workspace."""
        snapshot, now = self.ports.ledger.read(), self.clock()
        order = snapshot.orders.get(id)
        if not isinstance(order, Order) or order.ended or self._is_anothers(order, end):
            return
        self.note(f"The order {id} is {end.word}: {end.sentence}")
        ended = order.end(end.word, end.sentence, now=now, by=self.run.id)
        writes = Writes(
            orders={id: ended},
            log=tuple(lines_of(ended, run=self.run.id)),
            message=f"End the order {id}: {end.word}",
        )
        try:
            self.ports.ledger.write(writes, on=snapshot)
        except OrderTakenError as error:
            self.note(str(error))

    def _is_anothers(self, order: Order, end: NotCarriedOut) -> bool:
        begun = order.begun
        return begun is not None and begun.run != self.run.id and end.word is not Ended.CUT_SHORT


def _refuse_changed(order: Order, snapshot: Snapshot) -> None:
    """`OrderTakenError` unless the look that this run goes by shows the order as it was read.

    The accident: between the two, another pass carries the order out, and this one does so once more.
    """
    if snapshot.orders.get(order.id) != order:
        raise OrderTakenError(order.id)


def _passed(order: Order, base: PassOptions, *, turn: TurnOf) -> NotCarriedOut:
    """The pass that its command would be."""
    result = turn(options_of(order, base))
    return result.stopped or how_it_went(order, result.outcomes)


def lines_of(order: Order, *, run: str) -> list[LogLine]:
    """What the log says of an order that has ended: one line for each workspace that it names, or one without."""
    if order.ended is None:
        return []
    sentence = f"order {order.what}: {order.ended.word}. {order.ended.sentence}"
    line = LogLine(order.ended.time, "", ORDERED, sentence, by=order.by, approved_by=order.by, run=run)
    return [replace(line, name=name, commit=order.commit) for name in order.names or ("",)]
