"""Which orders would help one workspace now: what its safeguard, its record or its last outcome asks a person for.

Pure. It goes by codes and by the plan, and never by words of an error: whoever writes a chart could write those. It
offers nothing that is about more than the names it shows, and leaves the repairs of a whole fleet to the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from helium.core.deadlines import instant_text
from helium.core.digest import digest
from helium.core.log_line import ORDERED, LogLine
from helium.core.order import Order, OrderKind, UnknownOrder
from helium.core.order_kinds import twin_of
from helium.core.order_offer import OrderOffer, given_before
from helium.core.order_rules import Records, saw
from helium.core.plan import Code, Plan
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Entry
from helium.reconcile.guard import deletes_digest

_DELETES = "--allow-deletes "
_EARLY = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFacts:
    """What is known: main's files, the ledger's records and orders, and the name's log, the oldest line first."""

    entries: Iterable[Entry]
    records: Records
    orders: Mapping[str, Order | UnknownOrder]
    lines: Iterable[LogLine]


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: OrderKind
    names: tuple[str, ...]
    why: str
    argument: str = ""
    since: datetime | None = None


def order_offers(name: str, plan: Plan | None, *, facts: OfferFacts) -> tuple[OrderOffer, ...]:
    """What may be ordered for this name. `plan`: the next pass's; `None` where nobody can or need plan."""
    return tuple(_offer(each, facts) for each in _wanted(name, plan, facts=facts))


def _wanted(name: str, plan: Plan | None, *, facts: OfferFacts) -> Iterator[_Wanted]:
    record = facts.records.get(name)
    since = record.held.since if isinstance(record, Record) and record.held else None
    for refusal in plan.refusals if plan else ():
        if name not in refusal.names:
            continue
        digest_of = refusal.override.removeprefix(_DELETES)
        # A digest of others than those that the refusal names would let go what nobody is shown.
        if digest_of == deletes_digest(refusal.names):
            yield _Wanted(OrderKind.RELEASE, tuple(sorted(refusal.names)), refusal.sentence, digest_of, since)
        elif refusal.code is Code.QUOTA:
            yield _Wanted(OrderKind.OVER_QUOTA, (name,), refusal.sentence, since=since)
    if isinstance(record, CorruptRecord) and not record.newer:
        yield _Wanted(OrderKind.REBUILD, (name,), record.sentence)
    last = _last(facts.lines)
    if last is not None and isinstance(record, Record):
        if last.code == Code.WOULD_REPLACE and record.phase is Phase.FAILED:
            yield _Wanted(OrderKind.REPLACE, (name,), record.error, since=last.time)
        elif last.code == Code.BUSY:
            yield _Wanted(OrderKind.UNLOCK, (name,), last.sentence, since=last.time)


def _last(lines: Iterable[LogLine]) -> LogLine | None:
    """What a pass said last; what became of orders is said beside it."""
    found = None
    for line in lines:
        found = line if line.code != ORDERED else found
    return found


def _offer(wanted: _Wanted, facts: OfferFacts) -> OrderOffer:
    entries = tuple(facts.entries)
    # Whoever gives it, and when, is not what it is bound to.
    order = Order(
        id="",
        kind=wanted.kind,
        names=wanted.names,
        argument=wanted.argument,
        by="",
        actor="",
        at=_EARLY,
        until=_EARLY,
        head="",
        commit="",
    )
    bound = saw(order, entries=entries, records=facts.records)
    states = [_state(facts.records.get(name)) for name in wanted.names]
    before = given_before(order, facts.orders.values())
    return OrderOffer(
        kind=wanted.kind,
        names=wanted.names,
        argument=wanted.argument,
        why=wanted.why,
        since=wanted.since,
        command=twin_of(order),
        saw=bound,
        seen=digest([wanted.kind.value, wanted.argument, wanted.why, bound, states, before]),
    )


def _state(record: Record | CorruptRecord | None) -> list[str]:
    """What somebody sees of a workspace before they let it go."""
    if not isinstance(record, Record):
        return [record.sentence if record else ""]
    return [record.phase.value, record.error, record.owner, instant_text(record.deadline)]
