"""Who sends which delivery: claimed in the ledger before it is sent, and settled after. Pure.

Two processes at once never claim the same one, because each claim is a compare-and-swap. A process that dies in between
leaves its claim; when that has run out, the next one sends again, under the same id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.message import (
    ChannelState,
    ChannelStates,
    Delivery,
    DeliveryState,
    Message,
    MessageBook,
    delivery_id,
)
from helium.ports.channels import Receipt

CLAIMED_FOR = timedelta(minutes=5)
"""Longer than a turn takes, and than clocks of two machines differ."""
MOST_AT_ONCE = 200
"""Deliveries of one channel that a turn claims: what it cannot send, others may."""
MOST_TRIES = 8
"""Of a message that its channel does not take, while it takes others."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""How long a channel that takes nothing is left alone: twice as long each time."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that this process alone may send until `until`."""

    book: str
    message: Message
    delivery: Delivery
    until: datetime
    doubtful: bool

    def id(self, fleet: str) -> str:
        """Of the delivery, the same each time that it is sent."""
        return delivery_id(fleet, self.message, delivery=self.delivery)


def claimed(
    books: Mapping[str, MessageBook], states: ChannelStates, *, run: str, now: datetime
) -> tuple[dict[str, MessageBook], tuple[Claim, ...]]:
    """The books with what this run claims, and the claims. Nothing of a channel that is to be left alone.

    `states`: of the channels that this run can use.
    """
    until = now + CLAIMED_FOR
    counts = dict.fromkeys(states.channels, 0)
    taken: dict[str, MessageBook] = {}
    claims = []
    for book, message, delivery in sorted(_due(books, now), key=_order):
        state = states.channels.get(delivery.channel)
        if state is None or (state.next_at is not None and now < state.next_at):
            continue
        # One that takes nothing is asked with one message, and not with all that wait.
        if counts[delivery.channel] >= (1 if state.failing else MOST_AT_ONCE):
            continue
        counts[delivery.channel] += 1
        mine = replace(delivery, state=DeliveryState.CLAIMED, tries=delivery.tries + 1, until=until, run=run, why="")
        held = taken.get(book, books[book])
        current = next(each for each in held.messages if each.key == message.key)
        taken[book] = held.with_message(current.with_delivery(mine))
        doubtful = delivery.state is DeliveryState.CLAIMED
        claims.append(Claim(book, message, mine, until, doubtful))
    return taken, tuple(claims)


def _due(books: Mapping[str, MessageBook], now: datetime) -> Iterator[tuple[str, Message, Delivery]]:
    for id, book in books.items():
        for message in book.messages:
            for delivery in message.deliveries:
                if delivery.is_due(now):
                    yield id, message, delivery


def _order(due: tuple[str, Message, Delivery]) -> tuple[int, datetime, str, str]:
    """What was tried seldom goes first, so that one that a channel chokes on is in nobody's way."""
    book, message, delivery = due
    return (delivery.tries, message.at, book, delivery.to)


def settled(claim: Claim, receipt: Receipt, *, now: datetime, works: bool) -> Delivery:
    """What became of a claimed delivery. `works`: its channel took another message in the same turn.

    While a channel takes nothing at all, no message is given up for having been tried often: it is nobody's fault, and
    what waits is told once the channel is back, as long as somebody wants to hear it.
    """
    mine = replace(claim.delivery, until=None, run="", why=receipt.why)
    if receipt.ok:
        return replace(mine, state=DeliveryState.SENT, why="")
    if receipt.for_good or receipt.moot or (works and mine.tries >= MOST_TRIES):
        return replace(mine, state=DeliveryState.DROPPED)
    return replace(mine, state=DeliveryState.WAITING, until=max(now + _pause(mine.tries), receipt.retry_at or now))


def unsent(claim: Claim) -> Delivery:
    """A claim that is given back, because there was no time for it: as if it had not been taken."""
    before = claim.delivery
    return replace(before, state=DeliveryState.WAITING, tries=before.tries - 1, until=None, run="")


def after_sends(state: ChannelState, receipts: list[Receipt], *, now: datetime) -> ChannelState:
    """How a channel does, after what it answered in one turn. What it took shows that it works."""
    dropped = state.dropped + sum(1 for each in receipts if each.for_good)
    state = replace(state, dropped=dropped)
    receipts = [each for each in receipts if not each.moot]
    bad = [each for each in receipts if not (each.ok or each.for_good)]
    if len(bad) < len(receipts):
        return replace(state, failing=None, why="", tries=0, next_at=None)
    if not bad:
        return state
    tries = state.tries + 1
    next_at = max(now + _pause(tries), bad[-1].retry_at or now)
    return replace(state, failing=state.failing or now, why=bad[-1].why, tries=tries, next_at=next_at)


def _pause(tries: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(max(tries - 1, 0), 10)), LONGEST_PAUSE)


def waiting_in(books: Mapping[str, MessageBook], channel: str) -> int:
    """How many messages wait for a channel."""
    return sum(
        1
        for book in books.values()
        for message in book.messages
        for delivery in message.deliveries
        if delivery.channel == channel and delivery.open
    )
