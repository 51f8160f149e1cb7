"""Giving orders: who gives one, what it is bound to, and the one commit of the ledger that holds it.

It refuses whoever main does not name as an admin, a run of CI that was started again, and a second order of one run.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.core.order import KEPT_FOR, Ended, Order, OrderKind, UnknownOrder
from helium.core.order_draft import OrderDraft, OrderGiver, problem
from helium.core.order_effects import carried_out
from helium.core.order_kinds import KINDS, How
from helium.core.order_rules import saw
from helium.core.record import Record
from helium.errors import NotFoundError, OrderTakenError, RefusedError, SourceError, UsageError
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.orders import lines_of

_TRIES = 5
_UNSEEN = (OrderKind.DESTROY_ORPHAN, OrderKind.FORGET_ORPHAN, OrderKind.UNLOCK, OrderKind.REBUILD)
"""What may name a workspace of which only the state knows."""


def giver_of(fleet: OpenFleet) -> OrderGiver:
    """In CI the account that the host says, by `people` on main; elsewhere the person whom git knows.

    `RefusedError` for one who is no admin, and in CI for a run that was started again: who pressed that button saw
    the first one's inputs, and nobody chose them a second time.
    """
    settings = fleet.settings
    if settings.run_id is None:
        actor = fleet.person()
        mail = actor.rpartition("<")[2].rstrip(">")
    else:
        actor = settings.actor
        mail = fleet.fleet.mail_of(actor)
        if settings.attempt > 1 or settings.started_again_by.lower() != actor.lower():
            raise RefusedError(actor, "A run that was started again gives no orders. Start a new run of the workflow.")
        if not mail:
            said = "people in helium.yaml on main does not name that account"
            sentence = f"{actor or 'An unknown account'} may not give orders: {said}."
            raise RefusedError(actor, sentence)
    return OrderGiver(mail, actor)


def give(fleet: OpenFleet, draft: OrderDraft, *, giver: OrderGiver | None = None) -> Order:
    """Write the order, or return the one that this run, or this very press of a button, has given already.

    `giver`: whom a server has signed in; otherwise whoever runs this.
    """
    giver = giver or giver_of(fleet)
    if not fleet.fleet.is_admin(giver.mail):
        sentence = f"{giver.mail} may not give orders: admins in helium.yaml on main does not name them."
        raise RefusedError(giver.mail, sentence)
    if wrong := problem(draft):
        raise UsageError(f"{draft.kind.value}: {wrong}.")
    for turn in range(_TRIES):
        snapshot, now = fleet.ledger.read(), clock()
        order = _order(fleet, draft, giver=giver, snapshot=snapshot, now=now)
        known = snapshot.orders.get(order.id)
        if known is not None:
            return _same(known, order)
        try:
            return _written(fleet, order, snapshot=snapshot, now=now)
        except OrderTakenError:
            # Somebody tidied up at the same moment, or this very run was faster.
            if turn == _TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


def _same(known: Order | UnknownOrder, order: Order) -> Order:
    if isinstance(known, UnknownOrder):
        raise SourceError(f"{known.sentence}; nothing was ordered.")
    if known.what != order.what:
        raise UsageError(f"This run has ordered already: {known.what}. Start a new run for another order.")
    return known


def _order(fleet: OpenFleet, draft: OrderDraft, *, giver: OrderGiver, snapshot: Snapshot, now: datetime) -> Order:
    settings, commit = fleet.settings, fleet.repo.head()
    entries = fleet.repo.entries(commit)
    # Times are whole seconds: of two orders in one, the number says which was given first.
    number = snapshot.fleet_record.ordered if snapshot.fleet_record else 0
    own = f"{now:%Y%m%dT%H%M%SZ}-{number:06}-{secrets.token_hex(3)}"
    order = Order(
        id=draft.id or (f"ci-{settings.run_id}" if settings.run_id else own),
        kind=draft.kind,
        names=_names(draft, snapshot),
        argument=_argument(fleet, draft),
        by=giver.mail,
        actor=giver.actor,
        why=draft.why,
        run=settings.run_id or "",
        run_url=settings.run_url,
        at=now,
        until=now + draft.good_for,
        head=snapshot.head or "",
        commit=commit,
        expect=draft.expect or None,
    )
    held = {entry.name for entry in entries} | snapshot.records.keys()
    for name in order.names:
        if name not in held and draft.kind not in _UNSEEN:
            raise NotFoundError(name)
    return replace(order, saw=draft.saw or saw(order, entries=entries, records=snapshot.records))


def _names(draft: OrderDraft, snapshot: Snapshot) -> tuple[str, ...]:
    """Each once; without one, a retry is of all that wait for theirs."""
    names = tuple(sorted(set(draft.names)))
    if draft.kind is not OrderKind.RETRY or names:
        return names
    records = (record for record in snapshot.records.values() if isinstance(record, Record))
    waiting = tuple(sorted(record.name for record in records if record.next_attempt_at is not None))
    if not waiting:
        raise UsageError("No workspace waits for another attempt.")
    return waiting


def _argument(fleet: OpenFleet, draft: OrderDraft) -> str:
    """As the ledger keeps it: a commit of main by its whole id."""
    if draft.kind is not OrderKind.ACCEPT:
        return draft.argument
    accepted, head = fleet.repo.resolve(draft.argument), fleet.repo.head()
    if fleet.repo.descends(head, accepted) is not True:
        raise UsageError(f"{accepted[:10]} is not on main, which is at {head[:10]}; accept a commit of main.")
    return accepted


def _written(fleet: OpenFleet, order: Order, *, snapshot: Snapshot, now: datetime) -> Order:
    known, log = snapshot.fleet_record, []
    if known is None and order.kind is not OrderKind.REBUILD:
        raise SourceError(
            f"There is no ledger on the branch {fleet.fleet.ledger}, so nothing can be ordered but a rebuild. "
            "If it was lost, push a clone's copy of the branch."
        )
    if KINDS[order.kind].how is How.AT_ONCE and known is not None:
        known, said = carried_out(order, known, now=now)
        order = order.end(Ended.DONE, said, now=now, by=order.by)
        log = lines_of(order, run=order.run)
    old = (id for id, each in snapshot.orders.items() if isinstance(each, Order) and _is_over(each, now))
    writes = Writes(
        fleet_record=replace(known, ordered=known.ordered + 1) if known else None,
        orders={**dict.fromkeys(old), order.id: order},
        log=tuple(log),
        message=f"Order {order.what}, as {order.by} says",
    )
    after, _ = fleet.ledger.write(writes, on=snapshot, accepts_log=order.kind is OrderKind.ACCEPT_LOG)
    lease = after.fleet_record.lease if after.fleet_record else None
    if order.kind is OrderKind.END_LEASE and lease is not None:
        raise UsageError(f"{lease.run} has renewed its lease meanwhile, so it lives; stop it first, or wait.")
    return order


def _is_over(order: Order, now: datetime) -> bool:
    return order.ended is not None and order.ended.time + KEPT_FOR < now


def withdraw(fleet: OpenFleet, id: str) -> Order:
    """Take an order back that nobody has begun. `UsageError` for any other."""
    giver, snapshot = giver_of(fleet), fleet.ledger.read()
    order = found(snapshot, id)
    if order.begun or order.ended:
        raise UsageError(f"The order {id} is {order.status}, so it cannot be withdrawn.")
    now = clock()
    ended = order.end(Ended.WITHDRAWN, f"{giver.mail} withdrew it.", now=now, by=giver.mail)
    writes = Writes(
        orders={id: ended}, log=tuple(lines_of(ended, run="")), message=f"Withdraw {id}, as {giver.mail} says"
    )
    fleet.ledger.write(writes, on=snapshot)
    return ended


def found(snapshot: Snapshot, id: str) -> Order:
    """The order of that id; `UsageError` where there is none, `SourceError` where it cannot be read."""
    order = snapshot.orders.get(id)
    if order is None:
        raise UsageError(f"There is no order {id[:60]}. helium operate list shows those of the last 30 days.")
    if isinstance(order, UnknownOrder):
        raise SourceError(f"{order.sentence[0].upper()}{order.sentence[1:]}.")
    return order


def listed(snapshot: Snapshot) -> Sequence[Order | UnknownOrder]:
    """All orders, those that wait first, then the newest first; what cannot be read last."""
    orders = [each for each in snapshot.orders.values() if isinstance(each, Order)]
    unknown = [each for each in snapshot.orders.values() if isinstance(each, UnknownOrder)]
    orders.sort(key=lambda order: order.at, reverse=True)
    return [*sorted(orders, key=lambda order: order.ended is not None), *unknown]
