"""What is to be told now, given what there is and what was told. Pure.

It goes by what is, and not by what happened: a turn that comes late tells what still matters, and two turns at once
find the same. What was so before anybody wanted to hear of it is written down, and not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.attention import SOON
from helium.core.deadlines import format_instant, format_lifetime
from helium.core.message import ChannelStates, Message, MessageBook, MessageKind
from helium.core.notify_settings import NotifySettings
from helium.core.status import StatusWord
from helium.reconcile.telling.facts import News, NewsOfWorkspace
from helium.reconcile.telling.still_wanted import is_of_quota, no_room_of, still_wanted

WARNINGS = (timedelta(hours=1), SOON)
"""How long before its deadline a workspace's owner is warned: the nearest first."""
CALM = timedelta(hours=1)
"""What comes and goes is told again after that at the earliest."""
GOOD_FOR = timedelta(hours=24)
"""After that, nobody wants to hear it any more: a channel was away for too long."""
LOOKED_BACK = timedelta(days=3)
"""How old the log's lines are that a turn looks at."""


def nobody_knows(name: str, owner: str) -> str:
    """Who gave this workspace to this owner."""
    return ""


@dataclass(frozen=True, slots=True)
class Telling:
    """What decides who hears of something: settings, and since when each channel is there.

    `given_by`: who made this owner a workspace's owner, by its name, as a name and a mail; empty where nobody knows.
    """

    settings: NotifySettings
    states: ChannelStates
    now: datetime
    given_by: Callable[[str, str], str] = nobody_knows

    def addressed(self, message: Message) -> Message:
        """The message with its deliveries: through the channels that want it, and were there when it became so."""
        found = [
            delivery
            for channel in self.settings.channels.values()
            if channel.wants(message.kind, team=message.team) and self._was_there(channel.name, message)
            for delivery in channel.deliveries(owner=message.owner, former=_who_lost_it(message))
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
        given = _given(book, one, telling=telling)
        book = replace(
            book,
            owner=one.owner,
            team=one.team,
            backend=one.backend,
            added_at=one.added_at,
            deadline=one.deadline,
        )
        for message in [*given, *_new(book, one, now=telling.now)]:
            book = book.with_message(telling.addressed(message))
    return still_wanted(book, one, channels=telling.settings.channels, now=telling.now)


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
    for find in (_held, _no_room, _warning, _grace):
        if (message := find(book, one, now=now)) is not None:
            yield message


def _given(book: MessageBook, one: NewsOfWorkspace, *, telling: Telling) -> Iterator[Message]:
    """It is the same one as before, and somebody else's. Whose it was, the book has."""
    if book.added_at != one.added_at or not (book.owner and one.owner) or book.owner.lower() == one.owner.lower():
        return
    by, now = telling.given_by(one.name, one.owner), telling.now
    message = _message(MessageKind.GIVEN, one, of=f"{one.blob[:12]} {format_instant(now)}", at=now, now=now)
    yield replace(message, former=book.owner, said=by)


def _who_lost_it(message: Message) -> str:
    """Whose it was, unless they gave it away themselves, and so know."""
    by = message.said.rpartition("<")[2].rstrip(">").strip()
    return "" if by.lower() == message.former.lower() else message.former


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
    of = format_instant(one.held_since)
    told = [each for each in book.of_kinds(MessageKind.HELD) if not is_of_quota(each)]
    if told and (told[-1].of == of or now - told[-1].noted < CALM):
        return None
    return _message(MessageKind.HELD, one, of=of, at=one.held_since, now=now)


def _no_room(book: MessageBook, one: NewsOfWorkspace, *, now: datetime) -> Message | None:
    """A quota keeps it from being created: its owner hears that once, and so does whoever owns it after them."""
    of = no_room_of(one)
    if not one.no_room or any(each.of == of for each in book.of_kinds(MessageKind.HELD)):
        return None
    return _message(MessageKind.HELD, one, of=of, at=one.added_at, now=now)


def _grace(book: MessageBook, one: NewsOfWorkspace, *, now: datetime) -> Message | None:
    """It is to be destroyed, and waits: once for each end. What was put back and goes again has another one."""
    if one.going_since is None or one.undo_until is None:
        return None
    of = format_instant(one.going_since)
    if any(each.of == of for each in book.of_kinds(MessageKind.GRACE)):
        return None
    message = _message(MessageKind.GRACE, one, of=of, at=one.going_since, now=now)
    return replace(message, stale=one.undo_until, said=one.removed_by)


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
