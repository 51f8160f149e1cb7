"""Who sends which delivery: claimed in the ledger before it is sent, and settled after. Pure.

Two processes at once never claim the same one, because each claim is a compare-and-swap. A process that dies in between
leaves its claim; when that has run out, the next one sends again, under the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.deadlines import format_instant
from helium.core.digest import digest
from helium.core.message import (
    ChannelState,
    ChannelStates,
    Delivery,
    DeliveryState,
    Message,
    MessageBook,
    delivery_id,
)
from helium.core.notify_settings import NotifySettings
from helium.ports.channels import Receipt
from helium.reconcile.telling.still_wanted import is_of_quota

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


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is sent as one: a single claim, or several of one kind, through one channel to one reader."""

    claims: tuple[Claim, ...]

    @property
    def channel(self) -> str:
        """Through which."""
        return self.claims[0].delivery.channel

    def id(self, fleet: str) -> str:
        """The same each time that it is sent, whatever became of some of it since."""
        first = self.claims[0]
        return first.delivery.bundle or delivery_id(fleet, first.message, delivery=first.delivery)


Due = tuple[str, Message, Delivery]
"""A delivery that is to be sent, with its message and the id of its book."""


def claimed(
    books: Mapping[str, MessageBook], states: ChannelStates, *, settings: NotifySettings, run: str, now: datetime
) -> tuple[dict[str, MessageBook], tuple[Claim, ...]]:
    """The books with what this run claims, and the claims. Nothing of a channel that is to be left alone.

    `states`: of the channels that this run can use.
    """
    until = now + CLAIMED_FOR
    counts = dict.fromkeys(states.channels, 0)
    taken: dict[str, MessageBook] = {}
    claims = []
    for group in together(_due(books, now), settings):
        channel = group[0][2].channel
        state = states.channels.get(channel)
        if state is None or (state.next_at is not None and now < state.next_at):
            continue
        # One that takes nothing is asked with one message, and not with all that wait.
        if counts[channel] >= (1 if state.failing else MOST_AT_ONCE):
            continue
        counts[channel] += 1
        # It is written down with the claim: whoever sends it again has the same, and not what is due by then.
        bundle = group[0][2].bundle or (_bundle_id(group, run=run, now=now) if len(group) > 1 else "")
        for book, message, delivery in group:
            mine = replace(
                delivery,
                state=DeliveryState.CLAIMED,
                tries=delivery.tries + 1,
                until=until,
                run=run,
                why="",
                bundle=bundle,
            )
            held = taken.get(book, books[book])
            current = next(each for each in held.messages if each.key == message.key)
            taken[book] = held.with_message(current.with_delivery(mine))
            claims.append(Claim(book, message, mine, until, delivery.state is DeliveryState.CLAIMED))
    return taken, tuple(claims)


def together(due: Iterable[Due], settings: NotifySettings) -> Sequence[Sequence[Due]]:
    """What is due, in the order in which it is sent, and grouped by what is sent as one."""
    groups: dict[tuple[object, ...], list[Due]] = {}
    for book, message, delivery in sorted(due, key=_order):
        channel = settings.channels.get(delivery.channel)
        shared = channel.sent_with(message) if channel else None
        key: tuple[object, ...] = (delivery.channel, delivery.to)
        if delivery.bundle:
            key = (*key, delivery.bundle)
        elif shared is None:
            key = (*key, book, message.key)
        else:
            # What was tried as often is tried again at the same time: a bundle that falls apart has one id twice.
            key = (*key, message.kind, is_of_quota(message), shared, delivery.tries)
        groups.setdefault(key, []).append((book, message, delivery))
    return list(groups.values())


def bundled(claims: Iterable[Claim]) -> Sequence[Bundle]:
    """The claims by what is sent as one, in their order."""
    found: dict[tuple[object, ...], list[Claim]] = {}
    for claim in claims:
        of = claim.delivery.bundle or (claim.book, claim.message.key)
        found.setdefault((claim.delivery.channel, claim.delivery.to, of), []).append(claim)
    return [Bundle(tuple(each)) for each in found.values()]


def _bundle_id(group: Sequence[Due], *, run: str, now: datetime) -> str:
    parts = [[book, *message.key, delivery.channel, delivery.to] for book, message, delivery in group]
    return digest([run, format_instant(now), parts])


def _due(books: Mapping[str, MessageBook], now: datetime) -> Iterator[Due]:
    """What may be claimed. Of a bundle all or nothing, or its id would be that of two messages with other words."""
    open = [
        (id, message, delivery)
        for id, book in books.items()
        for message in book.messages
        for delivery in message.deliveries
        if delivery.open
    ]
    early = {_as_one(each) for _, _, each in open if each.bundle and not each.is_due(now)}
    return (due for due in open if due[2].is_due(now) and _as_one(due[2]) not in early)


def _as_one(delivery: Delivery) -> tuple[str, str, str]:
    return delivery.channel, delivery.to, delivery.bundle


def _order(due: Due) -> tuple[int, datetime, str, str]:
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
    """A claim that is given back, because there was no time for it: as if it had not been taken, but for its bundle."""
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
