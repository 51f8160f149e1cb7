"""A fleet of one workspace for the tests of telling, to be bent in one place per test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from helium.core.log_line import LogLine
from helium.core.message import ChannelState, ChannelStates, MessageBook
from helium.core.notify_settings import ChannelKind, ChannelSettings, NotifySettings
from helium.core.status import StatusWord
from helium.ports.channels import Outgoing
from helium.reconcile.telling.due import Telling, due_books, nobody_knows
from helium.reconcile.telling.facts import News, NewsOfWorkspace
from helium.reconcile.telling.turn import TellingTurn, TurnResult
from helium.reconcile.telling.words import Speaker
from tests.builders import ADDED_AT, DEADLINE, NOW
from tests.fakes import FakeChannel, FakeJournal, FakeMessages

HOUR = timedelta(hours=1)


def channel(name: str = "hook", kind: ChannelKind = ChannelKind.WEBHOOK, **changes: Any) -> ChannelSettings:
    """One that tells of everything."""
    to = ("owner",) if kind is ChannelKind.MAIL else ()
    return replace(ChannelSettings(name, kind, to=to), **changes)


def settings(*channels: ChannelSettings) -> NotifySettings:
    """Settings with these, or with one webhook."""
    return NotifySettings("https://helium.example.com", {each.name: each for each in channels or (channel(),)})


def workspace(name: str = "a", **changes: Any) -> NewsOfWorkspace:
    """One that is ready since an hour, and ends in two days."""
    plain = NewsOfWorkspace(
        name=name,
        word=StatusWord.READY,
        reason="",
        owner="ada@example.com",
        team="sales",
        backend="gcp-namespace",
        added_at=ADDED_AT,
        since=NOW - HOUR,
        deadline=DEADLINE,
        blob="b" * 40,
    )
    return replace(plain, **changes)


def news(*workspaces: NewsOfWorkspace, ends: tuple[LogLine, ...] = (), **changes: Any) -> News:
    """A fleet of these."""
    ended = {(line.name, line.added_at): line for line in ends if line.added_at is not None}
    return replace(News("acme", "f-1", {each.name: each for each in workspaces}, ended), **changes)


def end(name: str = "a", code: str = "expired", **changes: Any) -> LogLine:
    """The line of a destroy."""
    plain = LogLine(NOW, name, code, "destroy: it is gone", added_at=ADDED_AT, kind="destroy")
    return replace(plain, **changes)


def states(*names: str, since: datetime = ADDED_AT) -> ChannelStates:
    """Channels that are there since then."""
    return ChannelStates({name: ChannelState(since) for name in names or ("hook",)})


@dataclass(slots=True)
class ToldWorld:
    """What is told over several turns, at times that a test sets."""

    settings: NotifySettings = field(default_factory=settings)
    messages: FakeMessages = field(default_factory=FakeMessages)
    journal: FakeJournal = field(default_factory=FakeJournal)
    channels: dict[str, FakeChannel] = field(default_factory=dict)
    now: datetime = NOW
    seconds: float = 0.0
    run: str = "r-1"
    unusable: dict[str, str] = field(default_factory=dict)
    given_by: Callable[[str, str], str] = nobody_knows

    def __post_init__(self) -> None:
        self.channels = {name: FakeChannel() for name in self.settings.channels}
        self.messages.states = states(*self.settings.channels)

    def turn(self, seen: News) -> TurnResult:
        """One turn."""
        turn = TellingTurn(
            messages=self.messages,
            open=lambda name: self.channels[name],
            unusable=self.unusable,
            journal=self.journal,
            run=self.run,
            clock=lambda: self.now,
            timer=lambda: self.seconds,
            given_by=self.given_by,
        )
        speaker = Speaker(seen, self.settings, comments=True, now=self.now)
        return turn.go(seen, self.settings, speaker=speaker)

    def write_over(self, name: str) -> None:
        """From the first send on, others change this book each time before a turn writes."""

        def stubborn() -> None:
            book = self.messages.books[name]
            self.messages.books[name] = replace(book, backend=f"{book.backend}x")
            self.messages.meanwhile = stubborn

        for each in self.channels.values():
            each.while_sending = lambda: setattr(self.messages, "meanwhile", stubborn)

    def got(self, name: str = "hook") -> list[str]:
        """What a channel took: kinds and names."""
        return [f"{one.message.kind} {one.message.name}" for one in self.taken(name)]

    def taken(self, name: str = "hook") -> list[Outgoing]:
        """What a channel took."""
        return self.channels[name].got


def told(seen: News, books: dict[str, MessageBook], *, now: datetime = NOW, **changes: Any) -> dict[str, MessageBook]:
    """The books after a look at what there is."""
    said = changes.get("said", settings())
    known = changes.get("states", states(*said.channels))
    telling = Telling(said, known, now, changes.get("given_by", nobody_knows))
    changed = due_books(seen, books, telling=telling)
    return {id: book for id, book in {**books, **changed}.items() if book is not None}


def kinds(books: dict[str, MessageBook], name: str = "a") -> list[str]:
    """The kinds of a name's messages, oldest first."""
    return [each.kind.value for each in books[name].messages] if name in books else []
