"""What must hold of orders: who gives them, and what no pass may do with one. Told without Helium's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from helium.core.fleet import SETTINGS
from helium.core.order import Order, OrderKind
from helium.core.order_rules import saw
from helium.ports.ledger import Writes
from helium.reconcile.guard import deletes_digest
from tests.explorer.beginnings import PassKnowledge
from tests.explorer.calls import PortCall
from tests.explorer.events import EditsOf, WorldEvent, landed
from tests.explorer.passes import LINES
from tests.explorer.values import WorldValue
from tests.fakes import FakeLedger, FakeRepo

GOOD_FOR = timedelta(minutes=10)
ADA = "ada@example.com"


def orders(kind: OrderKind, *names: str, argument: str = "") -> EditsOf:
    """Ada orders this, once."""

    def gives(world: WorldValue, name: str) -> Iterator[WorldEvent]:
        snapshot = world.ledger.snapshot
        if snapshot.orders or snapshot.fleet_record is None:
            return
        given = Order(
            id="o-1",
            kind=kind,
            names=names,
            argument=argument,
            by=ADA,
            actor="ada",
            at=world.now,
            until=world.now + GOOD_FOR,
            head="",
            commit=world.head,
        )
        repo = FakeRepo()
        repo.line = list(world.line)
        given = replace(given, saw=saw(given, entries=repo.entries(world.head), records=snapshot.records))
        known = replace(snapshot.fleet_record, ordered=snapshot.fleet_record.ordered + 1)
        fake = FakeLedger()
        fake.snapshot = snapshot
        written, _ = fake.write(Writes(orders={given.id: given}, fleet_record=known), on=snapshot)
        number = int(snapshot.head or "0", 16) + 1
        later = replace(world.ledger, snapshot=replace(written, head=f"{number:040x}"))
        yield WorldEvent(f"Ada orders: {given.what}", replace(world, ledger=later))

    return gives


def dismisses(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """Ada may give orders no more."""
    if ADA.encode() in (data := world.files[SETTINGS]):
        text = data.replace(ADA.encode(), b"eve@example.com")
        yield WorldEvent("Ada is no admin any more", landed(world, {SETTINGS: text}, message="Admins"))


def misordered(call: PortCall, world: WorldValue, later: WorldValue, *, by: str, knows: PassKnowledge) -> Iterator[str]:
    """What is wrong with what a pass does for an order: it is begun by one run, in time, and about what was seen."""
    for id in {*later.repaired}:
        if later.repaired.count(id) > 1:
            yield f"the repair of the order {id} is done twice"
    if call.method != "ledger.write":
        return
    for id, order in _orders(later).items():
        before = _orders(world).get(id)
        if before is None or before == order:
            continue
        if before.ended:
            yield f"{by} changes the order {id}, which has ended"
        if before.begun and order.begun != before.begun and before.begun.run != by:
            yield f"{by} begins the order {id}, which {before.begun.run} has begun"
        if not before.begun and order.begun and not order.ended:
            yield from _misbegun(order, by=by, knows=knows)


def _misbegun(order: Order, *, by: str, knows: PassKnowledge) -> Iterator[str]:
    what, now = f"{by} begins {order.what}", LINES[knows.head][-1].files
    if ADA.encode() not in now[SETTINGS]:
        yield f"{what}, and knows that Ada is no admin"
    if knows.read_at is not None and knows.read_at >= order.until:
        yield f"{what}, and its time is over"
    for name in order.names:
        path = f"workspaces/{name}.yaml"
        if now.get(path) != LINES[order.commit][-1].files.get(path):
            yield f"{what}, and knows that the file of {name} is another one"


def released(gone: set[str], world: WorldValue) -> bool:
    """Whether Ada allowed the end of exactly these, and a pass has begun that."""
    return any(
        order.kind is OrderKind.RELEASE and order.begun is not None and order.argument == deletes_digest(gone)
        for order in _orders(world).values()
    )


def unanswered(world: WorldValue) -> list[str]:
    """Orders of which nobody has said what became of them."""
    return [f"the order {id} is still {order.status}" for id, order in _orders(world).items() if not order.ended]


def _orders(world: WorldValue) -> dict[str, Order]:
    return {id: order for id, order in world.ledger.snapshot.orders.items() if isinstance(order, Order)}
