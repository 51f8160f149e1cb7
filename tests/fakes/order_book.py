"""Where orders are given, in memory: by the ledger's own rules, and by main's settings as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from helium.core.fleet import SETTINGS
from helium.core.order import Order
from helium.core.order_draft import OrderDraft, OrderGiver, problem
from helium.core.order_rules import saw
from helium.errors import HeliumError, NotFoundError, RefusedError, UsageError
from helium.ports.ledger import Writes
from helium.ports.specs import Specs
from tests.fakes.ledger import FakeLedger
from tests.fakes.repo import FakeRepo


@dataclass(slots=True)
class FakeOrderBook:
    """`error` is raised by the next call."""

    repo: FakeRepo
    ledger: FakeLedger
    specs: Specs
    now: Callable[[], datetime]
    error: HeliumError | None = None
    given: list[Order] = field(default_factory=list)

    def give(self, draft: OrderDraft, giver: OrderGiver) -> Order:
        """One for each id."""
        if self.error is not None:
            raise self.error
        commit, snapshot = self.repo.head(), self.ledger.read()
        settings = self.specs.fleet(self.repo.read(commit, SETTINGS) or b"")
        if not settings.is_admin(giver.mail):
            raise RefusedError(giver.mail, f"{giver.mail} may not give orders: admins does not name them.")
        if wrong := problem(draft):
            raise UsageError(wrong)
        known = snapshot.orders.get(draft.id)
        if isinstance(known, Order):
            return known
        entries = self.repo.entries(commit)
        for name in draft.names:
            if name not in {entry.name for entry in entries} | snapshot.records.keys():
                raise NotFoundError(name)
        order = Order(
            id=draft.id or f"o-{len(self.given) + 1}",
            kind=draft.kind,
            names=draft.names,
            argument=draft.argument,
            by=giver.mail,
            actor=giver.actor,
            why=draft.why,
            at=self.now(),
            until=self.now() + draft.good_for,
            head=snapshot.head or "",
            commit=commit,
        )
        order = replace(order, saw=draft.saw or saw(order, entries=entries, records=snapshot.records))
        self.ledger.write(Writes(orders={order.id: order}), on=snapshot)
        self.given.append(order)
        return order
