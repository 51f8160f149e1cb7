"""What a pass does for an order beside passing: what `unlock`, `orphans`, `forget` and `ledger` do, by their code.

It refuses what those commands refuse. The person is the one who ordered it, whoever runs the pass.
"""

from __future__ import annotations

from functools import partial

from helium.app.accept_loss import accept_loss
from helium.app.forget import keep_export, to_be_forgotten
from helium.app.open_fleet import OpenFleet
from helium.app.orphans import adopt_orphan, forget_orphan, planned
from helium.app.rebuild import rebuild
from helium.app.unlock import unlock
from helium.core.order import Order, OrderKind
from helium.core.order_kinds import twin_of
from helium.errors import NotSupportedError, SourceError, UsageError
from helium.ports.repairs import Repairs


def repairs_of(fleet: OpenFleet) -> Repairs:
    """The repairs of an open fleet."""
    return partial(_repair, fleet)


def _repair(fleet: OpenFleet, order: Order, /) -> str:
    repair = _REPAIRS.get(order.kind)
    if repair is None:
        raise NotSupportedError(f"A pass does not do {order.kind.value}. Run {twin_of(order)}.")
    return repair(fleet, order)


def _unlock(fleet: OpenFleet, order: Order) -> str:
    (name,) = order.names
    unlock(fleet, name)
    return f"{name} is unlocked; the next pass resolves what was pending."


def _rebuild(fleet: OpenFleet, order: Order) -> str:
    done = rebuild(fleet, only=order.names, take_over=order.argument or None)
    return f"Records rebuilt: {', '.join(done) or 'none'}."


def _accept_loss(fleet: OpenFleet, order: Order) -> str:
    snapshot = fleet.ledger.read()
    if snapshot.fleet_record is None:
        raise SourceError("There is no ledger yet, so nothing is lost.")
    given_up = accept_loss(
        fleet,
        snapshot,
        fleet_record=snapshot.fleet_record,
        names=order.names,
        state=order.kind is OrderKind.ACCEPT_NEW_STATE,
        by=order.by,
    )
    return f"Given up: {', '.join(given_up.names) or 'none'}.{_renamed(given_up.files)}"


def _forget_orphan(fleet: OpenFleet, order: Order) -> str:
    (name,) = order.names
    files = forget_orphan(fleet, planned(fleet), name=name, by=order.by)
    return f"{name} is forgotten; its history stays in the log.{_renamed(files)}"


def _destroy_orphan(fleet: OpenFleet, order: Order) -> str:
    (name,) = order.names
    adopted = adopt_orphan(fleet, planned(fleet), name=name, by=order.by)
    return f"{name} has a record now." if adopted else f"The stack of {name} was empty, and is removed."


def _forget(fleet: OpenFleet, order: Order) -> str:
    """Up to where its command passes: the right cluster is named, it does not answer, and a copy is kept."""
    (name,) = order.names
    stack = to_be_forgotten(fleet, name)
    with fleet.ports() as ports:
        lost = ports.engine.lost_cluster(stack)
    if order.argument != lost.cluster:
        raise UsageError(f"{name} is in the cluster {lost.cluster}, not in {order.argument}; nothing was forgotten.")
    kept = keep_export(fleet.folder, name, lost=lost)
    what = f"{len(lost.objects)} objects in the cluster {lost.cluster} are forgotten"
    return f"{what}; the stack's state as it was is {kept} on {fleet.settings.host}."


def _renamed(files: tuple[str, ...]) -> str:
    return f" State files that cannot be read are now {', '.join(files)}." if files else ""


_REPAIRS = {
    OrderKind.UNLOCK: _unlock,
    OrderKind.REBUILD: _rebuild,
    OrderKind.ACCEPT_LOSS: _accept_loss,
    OrderKind.ACCEPT_NEW_STATE: _accept_loss,
    OrderKind.FORGET_ORPHAN: _forget_orphan,
    OrderKind.DESTROY_ORPHAN: _destroy_orphan,
    OrderKind.FORGET: _forget,
}
