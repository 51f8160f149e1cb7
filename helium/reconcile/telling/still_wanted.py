"""What of the messages of a book is still to be told, and what is remembered. Pure.

What is not so any more by the time that a channel takes messages is dropped, with the reason. It refuses to drop what
another process is about to send.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from helium.core.deadlines import format_instant
from helium.core.message import Delivery, DeliveryState, Message, MessageBook, MessageKind
from helium.core.status import StatusWord
from helium.reconcile.telling.facts import NewsOfWorkspace

KEPT = timedelta(days=8)
"""How long it is remembered what was told of an incarnation that has ended: longer than its lines are looked at."""
NO_ROOM = "quota"
"""Begins what tells a hold by a quota from any other hold."""
_OVER = (StatusWord.DELETING, StatusWord.EXPIRED)
_CONTRADICTS = {MessageKind.READY: (StatusWord.FAILED, *_OVER), MessageKind.FAILED: (StatusWord.READY, *_OVER)}
_MOST = 60
"""Messages of one incarnation that a book keeps."""


def still_wanted(
    book: MessageBook, one: NewsOfWorkspace | None, *, channels: Collection[str], now: datetime
) -> MessageBook:
    """The book without what nobody wants to hear any more, and without what need not be remembered."""
    messages = [_without_gone(_without_moot(each, one, now=now), channels) for each in book.messages]
    kept = [each for each in messages if _is_remembered(each, book=book, one=one, now=now)]
    return replace(book, messages=tuple(_within(kept)))


def no_room_of(one: NewsOfWorkspace) -> str:
    """What tells a hold by a quota from any other message: whose place is not there."""
    return f"{NO_ROOM} {one.owner}"


def is_of_quota(message: Message) -> bool:
    """Whether it tells of a workspace that a quota keeps from being created."""
    return message.kind is MessageKind.HELD and message.of.partition(" ")[0] == NO_ROOM


def _without_gone(message: Message, channels: Collection[str]) -> Message:
    """The message, without what waits for a channel that the settings do not have any more."""
    if all(each.channel in channels or not each.open for each in message.deliveries):
        return message
    gone = (
        replace(each, state=DeliveryState.DROPPED, why="helium.yaml has no such channel any more")
        if each.open and each.channel not in channels
        else each
        for each in message.deliveries
    )
    return replace(message, deliveries=tuple(gone))


def _without_moot(message: Message, one: NewsOfWorkspace | None, *, now: datetime) -> Message:
    """The message, whose open deliveries are dropped where it says what is not so any more."""
    why = _why_moot(message, one, now=now) if message.open else ""
    if not why:
        return message
    dropped = (
        replace(each, state=DeliveryState.DROPPED, why=why) if _may_drop(each, now) else each
        for each in message.deliveries
    )
    return replace(message, deliveries=tuple(dropped))


def _may_drop(delivery: Delivery, now: datetime) -> bool:
    """What another process is about to send is its own affair."""
    return delivery.is_due(now) or delivery.state is DeliveryState.WAITING


def _why_moot(message: Message, one: NewsOfWorkspace | None, *, now: datetime) -> str:
    if message.stale <= now:
        return "it could not be sent in time"
    if message.kind is MessageKind.ENDED:
        return ""
    if one is None or message.added_at != one.added_at:
        return "the workspace has ended"
    if one.word in _CONTRADICTS.get(message.kind, ()):
        return f"it is {one.word.value} by now"
    if message.kind is MessageKind.ENDS_SOON and (message.deadline != one.deadline or one.kept):
        return "its deadline has moved"
    if message.kind is MessageKind.GRACE and (one.going_since is None or message.of != format_instant(one.going_since)):
        return "it stays by now"
    if message.kind is MessageKind.HELD and message.of not in _holds_of(one):
        return "nothing holds it any more"
    return ""


def _holds_of(one: NewsOfWorkspace) -> tuple[str, ...]:
    """By what tells them apart: what keeps a change of it from being applied, or keeps it from being created."""
    held = (format_instant(one.held_since),) if one.held_since is not None else ()
    return (*held, no_room_of(one)) if one.no_room else held


def _is_remembered(message: Message, *, book: MessageBook, one: NewsOfWorkspace | None, now: datetime) -> bool:
    current = one is not None and message.added_at == book.added_at
    return current or message.open or now - message.noted < KEPT


def _within(messages: list[Message]) -> list[Message]:
    """The newest of many. Of those that are told by turns, at least the last is among them."""
    over = len(messages) - _MOST
    gone = {id(each) for each in [each for each in messages if not each.open][: max(over, 0)]}
    return [each for each in messages if id(each) not in gone]
