"""What an admin may order about one workspace, for its page and for the API, and the one way to order it.

Who asks names a kind and a digest of what they saw; all else comes from main and the ledger as they are now. So no form
can order what nobody was shown, and an old one orders nothing. The pass that comes asks `admins:` and its safeguards
again.
"""

from __future__ import annotations

from helium.api.auth import Caller
from helium.api.index import Index, Indexer, IndexRow
from helium.api.parts import ApiParts
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.tokens import Scope
from helium.core.fleet import Fleet
from helium.core.order import Order
from helium.core.order_draft import OrderDraft, OrderGiver
from helium.core.order_errors import MayNotOrderError, OfferMovedError
from helium.core.order_offer import OrderOffer, id_of_press
from helium.core.plan import Plan
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Spec
from helium.errors import HeliumError, NotFoundError, NotSupportedError
from helium.reconcile.order_offers import OfferFacts, order_offers

_MOST_NAMED = 3


def why_may_not(caller: Caller | None, fleet: Fleet) -> str:
    """Why this person may give no orders; empty for who may. It takes an admin here whom main names as one too."""
    if caller is None or not caller.token.may(Scope.ADMIN):
        return f"Only an admin may do that. {who_may(fleet)}"
    return "" if fleet.is_admin(caller.owner) else f"You, {caller.owner}, may not do that. {who_may(fleet)}"


def who_may(fleet: Fleet) -> str:
    """Who lets a held change go."""
    if not fleet.admins:
        return "Nobody may, until admins in helium.yaml on main names somebody."
    named, more = fleet.admins[:_MOST_NAMED], len(fleet.admins) - _MOST_NAMED
    rest = f" and {more} more" if more > 0 else ""
    return f"Those may whom admins in helium.yaml on main names: {', '.join(named)}{rest}."


class OfferedOrders:
    """Offers orders, and takes them. `offers` blocks."""

    def __init__(self, parts: ApiParts, indexer: Indexer, *, writes: WorkspaceWrites) -> None:
        self._parts, self._indexer, self._writes = parts, indexer, writes

    def offers(self, row: IndexRow, index: Index) -> tuple[OrderOffer, ...]:
        """What may be ordered about this name now, by whoever may order."""
        if self._parts.orders is None or _is_at_rest(row):
            return ()
        facts = OfferFacts(
            entries=index.entries,
            records=index.snapshot.records,
            orders=index.snapshot.orders,
            lines=self._parts.ledger.log(name=row.name),
        )
        return order_offers(row.name, self._plan(row, index), facts=facts)

    async def given(self, name: str, *, kind: str, seen: str, why: str, caller: Caller) -> Order:
        """Order it, or find the order that this press or the same press of somebody else has given before.

        `MayNotOrderError`, and `OfferMovedError` for what is not offered as it was seen.
        """
        return await self._writes.written(
            lambda: self._give(name, kind=kind, seen=seen, why=" ".join(why.split()), caller=caller)
        )

    def _give(self, name: str, *, kind: str, seen: str, why: str, caller: Caller) -> Order:
        snapshot = self._indexer.ledger()
        index = self._indexer.look()
        if refusal := why_may_not(caller, index.fleet):
            raise MayNotOrderError(name, refusal)
        if self._parts.orders is None:
            raise NotSupportedError("This server takes no orders. Run helium operate in a clone.")
        known = snapshot.orders.get(id_of_press(seen))
        if isinstance(known, Order) and name in known.names:
            return known
        row = index.row(name)
        if row is None:
            raise NotFoundError(name)
        offered = (each for each in self.offers(row, index) if (each.kind, each.seen) == (kind, seen))
        offer = next(offered, None)
        if offer is None:
            raise OfferMovedError(name)
        draft = OrderDraft(
            kind=offer.kind,
            names=offer.names,
            argument=offer.argument,
            why=why,
            id=offer.id,
            saw=offer.saw,
        )
        order = self._parts.orders.give(draft, OrderGiver(caller.owner, caller.by))
        self._indexer.ledger()
        return order

    def _plan(self, row: IndexRow, index: Index) -> Plan | None:
        """Planning takes a while, and only a hold needs it."""
        if self._parts.foresee is None or not _may_be_held(row):
            return None
        try:
            return self._writes.plans.of(index, self._parts.clock(), foresee=self._parts.foresee)
        except HeliumError:
            return None


def _is_at_rest(row: IndexRow) -> bool:
    """What is as its file says, and held by nothing, needs no admin; most are."""
    record = row.record
    if not isinstance(record, Record) or record.held or record.error or row.reading is None:
        return False
    return record.phase is Phase.READY and row.reading.blob == record.spec_blob


def _may_be_held(row: IndexRow) -> bool:
    """A record says when it is held. What has none yet is held where the quota is used up."""
    if isinstance(row.record, Record):
        return row.record.held is not None
    is_new = row.record is None and isinstance(row.reading, Spec)
    return isinstance(row.record, CorruptRecord) or (is_new and row.fleet.has_quota)
