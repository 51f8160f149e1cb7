"""What is to be told now, given what there is and what was told. Pure.

It goes by what is, and not by what happened: a turn that comes late tells what still matters, and two turns at once
find the same. What was so before anybody wanted to hear of it is written down, and not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.attention import SOON
from helium.core.deadlines import format_instant, format_lifetime
from helium.core.message import ChannelStates, Delivery, DeliveryState, Message, MessageBook, MessageKind
from helium.core.notify_settings import NotifySettings
from helium.core.status import StatusWord
from helium.reconcile.telling.facts import News, NewsOfWorkspace

WARNINGS = (timedelta(hours=1), SOON)
"""How long before its deadline a workspace's owner is warned: the nearest first."""
CALM = timedelta(hours=1)
"""What comes and goes is told again after that at the earliest."""
GOOD_FOR = timedelta(hours=24)
"""After that, nobody wants to hear it any more: a channel was away for too long."""
KEPT = timedelta(days=8)
"""How long it is remembered what was told of an incarnation that has ended: longer than its lines are looked at."""
LOOKED_BACK = timedelta(days=3)
"""How old the log's lines are that a turn looks at."""
_OVER = (StatusWord.DELETING, StatusWord.EXPIRED)
_CONTRADICTS = {MessageKind.READY: (StatusWord.FAILED, *_OVER), MessageKind.FAILED: (StatusWord.READY, *_OVER)}
_MOST = 60
"""Messages of one incarnation that a book keeps."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What decides who hears of something: settings, and since when each channel is there."""

    settings: NotifySettings
    states: ChannelStates
    now: datetime

    def addressed(self, message: Message) -> Message:
        """The message with its deliveries: through the channels that want it, and were there when it became so."""
        found = [
            delivery
            for channel in self.settings.channels.values()
            if channel.wants(message.kind, team=message.team) and self._was_there(channel.name, message)
            for delivery in channel.deliveries(owner=message.owner)
        ]
        return replace(message, deliveries=tuple(found))

    def _was_there(self, channel: str, message: Message) -> bool:
        state = self.states.channels.get(channel)
        # A warning is about what is to come, so a channel that is new wants it as well.
        return message.kind is MessageKind.ENDS_SOON or (state is not None and state.since <= message.at)


def due_books(news: News, books: Mapping[str, MessageBook], *, telling: Telling) -> dict[str, MessageBook | None]:
    """The books that are to be written: with what is new, without what nobody wants to hear any more."""
    changed: dict[str, MessageBook | None] = {}
    for name in sorted({*news.workspaces, *books}):
        one, known = news.workspaces.get(name), books.get(name)
        book = _next(known or MessageBook(name), one, news=news, telling=telling)
        kept = book if one is not None or book.messages else None
        if kept != known:
            changed[name] = kept
    return changed


def _next(book: MessageBook, one: NewsOfWorkspace | None, *, news: News, telling: Telling) -> MessageBook:
    for ended in _ended(book, news=news, telling=telling):
        book = book.with_message(telling.addressed(ended))
    if one is not None:
        book = replace(
            book,
            owner=one.owner,
            team=one.team,
            backend=one.backend,
            added_at=one.added_at,
            deadline=one.deadline,
        )
        for message in _new(book, one, now=telling.now):
            book = book.with_message(telling.addressed(message))
    known = telling.settings.channels
    messages = [_without_gone(_without_moot(each, one, now=telling.now), known) for each in book.messages]
    kept = [each for each in messages if _is_remembered(each, book=book, one=one, now=telling.now)]
    return replace(book, messages=tuple(_within(kept)))


def _ended(book: MessageBook, *, news: News, telling: Telling) -> Iterator[Message]:
    """Of the incarnation that the book has seen: its record is gone, and the log says that it was destroyed.

    One that a new expiry brought back ends once more, at another time.
    """
    if book.added_at is None:
        return
    line = news.ends.get((book.id, book.added_at))
    if line is None or any(line.time <= each.at for each in book.of_kinds(MessageKind.ENDED)):
        return
    yield Message(
        kind=MessageKind.ENDED,
        name=book.id,
        of=f"{line.code} {format_instant(line.time)}",
        at=line.time,
        noted=telling.now,
        stale=telling.now + GOOD_FOR,
        added_at=book.added_at,
        owner=book.owner,
        team=book.team,
        deadline=book.deadline,
        said=line.by,
    )


def _new(book: MessageBook, one: NewsOfWorkspace, *, now: datetime) -> Iterator[Message]:
    if (word := _of_word(book, one, now=now)) is not None:
        yield word
    if (held := _held(book, one, now=now)) is not None:
        yield held
    if (warning := _warning(book, one, now=now)) is not None:
        yield warning


def _of_word(book: MessageBook, one: NewsOfWorkspace, *, now: datetime) -> Message | None:
    """Ready or failed, if the other one was told last, or its end; a failure also when another file has failed."""
    kind = {StatusWord.READY: MessageKind.READY, StatusWord.FAILED: MessageKind.FAILED}.get(one.word)
    told = book.of_kinds(MessageKind.READY, MessageKind.FAILED, MessageKind.ENDED)
    last = told[-1] if told else None
    if kind is None:
        return None
    of = f"{one.blob[:12]} {format_instant(now)}"
    if last is not None and last.kind is kind:
        if kind is MessageKind.READY or last.of.partition(" ")[0] == one.blob[:12]:
            return None
    elif last is not None and _is_restless(told, kind, blob=one.blob[:12], now=now):
        return None
    return _message(kind, one, of=of, at=one.since, now=now)


def _is_restless(told: list[Message], kind: MessageKind, *, blob: str, now: datetime) -> bool:
    """Whether the same was told of the same file a moment ago: what goes up and down is told once in an hour."""
    same = [each for each in told if each.kind is kind and each.of.partition(" ")[0] == blob]
    return bool(same) and now - same[-1].noted < CALM


def _held(book: MessageBook, one: NewsOfWorkspace, *, now: datetime) -> Message | None:
    if one.held_since is None:
        return None
    of, told = format_instant(one.held_since), book.of_kinds(MessageKind.HELD)
    if told and (told[-1].of == of or now - told[-1].noted < CALM):
        return None
    return _message(MessageKind.HELD, one, of=of, at=one.held_since, now=now)


def _warning(book: MessageBook, one: NewsOfWorkspace, *, now: datetime) -> Message | None:
    """The nearest warning whose time has come, unless this very deadline was warned of as nearly."""
    deadline = one.deadline
    if deadline is None or deadline <= now or one.kept or one.word is StatusWord.DELETING:
        return None
    # Who asked for an hour knows that it ends within the hour.
    before = next((each for each in WARNINGS if one.added_at < deadline - each <= now), None)
    if before is None:
        return None
    told = {each.of for each in book.of_kinds(MessageKind.ENDS_SOON)}
    if any(warning_of(deadline, each) in told for each in WARNINGS if each <= before):
        return None
    message = _message(MessageKind.ENDS_SOON, one, of=warning_of(deadline, before), at=deadline - before, now=now)
    return replace(message, stale=deadline)


def warning_of(deadline: datetime, before: timedelta) -> str:
    """What tells a warning from any other: the very deadline, and how long before it."""
    return f"{format_instant(deadline)} {format_lifetime(before)}"


def _message(kind: MessageKind, one: NewsOfWorkspace, *, of: str, at: datetime, now: datetime) -> Message:
    return Message(
        kind=kind,
        name=one.name,
        of=of,
        at=at,
        noted=now,
        stale=now + GOOD_FOR,
        added_at=one.added_at,
        owner=one.owner,
        team=one.team,
        deadline=one.deadline,
    )


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
    if message.kind is MessageKind.HELD and (one.held_since is None or message.of != format_instant(one.held_since)):
        return "nothing holds it any more"
    return ""


def _is_remembered(message: Message, *, book: MessageBook, one: NewsOfWorkspace | None, now: datetime) -> bool:
    current = one is not None and message.added_at == book.added_at
    return current or message.open or now - message.noted < KEPT


def _within(messages: list[Message]) -> list[Message]:
    """The newest of many. Of those that are told by turns, at least the last is among them."""
    over = len(messages) - _MOST
    gone = {id(each) for each in [each for each in messages if not each.open][: max(over, 0)]}
    return [each for each in messages if id(each) not in gone]
