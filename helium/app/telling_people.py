"""Tells people what becomes of workspaces: one turn over a fleet, for whoever runs it.

It reads main and the ledger, and needs neither Pulumi nor a key to the state. Settings of a pull request never come
here: a turn goes by main alone. Nothing that a channel does ends it, and it is over within a minute or so.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from helium.adapters.ledger.messages import GitMessages
from helium.adapters.notify.journal import SentFiles
from helium.app.channels import ChannelFactory
from helium.app.fleet_folder import FOLDER
from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.app.telling_facts import given_by, without_room
from helium.core.fleet_view import UntoldPeople, WaitingMessage
from helium.core.message import Delivery, Message, MessageKind, delivery_id
from helium.core.notify_settings import ChannelKind, NotifySettings
from helium.ports.channels import Outgoing, Receipt
from helium.reconcile.guard.clock import clock_problem
from helium.reconcile.load import Selection, without_state
from helium.reconcile.telling.claims import together
from helium.reconcile.telling.digests import digest_books
from helium.reconcile.telling.due import LOOKED_BACK, Telling, due_books
from helium.reconcile.telling.facts import News, news_of
from helium.reconcile.telling.many import text_of
from helium.reconcile.telling.next_turn import next_turn
from helium.reconcile.telling.turn import TellingTurn, TurnResult, known_channels, of_workspaces
from helium.reconcile.telling.words import Speaker

SECONDS = 60.0
"""For one turn's sending; reading before and writing after come to it."""
JOURNAL = "sent"


@dataclass(frozen=True, slots=True)
class ToldPeople:
    """What a turn did. `doubt`: why nothing could be told now. `idle`: channels that something waits for, and that
    this process cannot use. `next_at`: when the next turn has something to do.
    """

    result: TurnResult = field(default_factory=TurnResult)
    doubt: str = ""
    idle: tuple[str, ...] = ()
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a turn goes by."""

    settings: NotifySettings
    news: News
    speaker: Speaker
    doubt: str
    now: datetime


def tell(fleet: OpenFleet, *, seconds: float = SECONDS) -> ToldPeople:
    """One turn. Nothing where `helium.yaml` has no `notify`. `HeliumError` where main or the ledger cannot be read."""
    seen = _seen(fleet)
    if seen is None or seen.doubt:
        return ToldPeople(doubt=seen.doubt if seen else "")
    messages = GitMessages(fleet.ledger)
    factory = ChannelFactory(fleet, seen.settings)
    unusable = factory.all_unusable()
    turn = TellingTurn(
        messages=messages,
        open=factory.channel,
        unusable=unusable,
        journal=SentFiles(fleet.folder / FOLDER / JOURNAL),
        # Not the run's id: two processes of one CI job are two.
        run=secrets.token_hex(8),
        clock=clock,
        timer=monotonic,
        seconds=seconds,
        given_by=_given_by(fleet),
    )
    result = turn.go(seen.news, seen.settings, speaker=seen.speaker)
    # The turn has just read or written it.
    known = messages.known()
    idle = [f"{name}: {why}" for name, why in unusable.items() if result.waiting.get(name)]
    return ToldPeople(
        result, idle=tuple(idle), next_at=next_turn(seen.news, known.books, states=known.states, now=seen.now)
    )


def would_tell(fleet: OpenFleet) -> UntoldPeople:
    """What waits, or what a turn would write down now, by what is sent as one. It changes nothing."""
    seen = _seen(fleet)
    if seen is None:
        return UntoldPeople((), wanted=False)
    # The ledger was fetched to see what is to be told.
    known = GitMessages(fleet.ledger).known()
    states = known_channels(known.states, seen.settings, now=seen.now)
    telling = Telling(seen.settings, states, seen.now, _given_by(fleet))
    changed = due_books(seen.news, of_workspaces(known.books), telling=telling)
    changed |= digest_books(seen.news, known.books, telling=telling)
    books = {**known.books, **changed}
    waits = (
        (id, message, delivery)
        for id, book in books.items()
        for message in (book.messages if book else ())
        for delivery in message.deliveries
        if delivery.open
    )
    groups = together(waits, seen.settings)
    waiting = (_waiting([message for _, message, _ in group], group[0][2], speaker=seen.speaker) for group in groups)
    return UntoldPeople(tuple(waiting), tuple(known.states.failing()))


def _waiting(messages: Sequence[Message], delivery: Delivery, *, speaker: Speaker) -> WaitingMessage:
    text = text_of(messages, speaker)
    return WaitingMessage(
        channel=delivery.channel,
        to=delivery.to,
        event=messages[0].kind.value,
        names=tuple(each.name for each in messages),
        title=text.title,
        lines=text.lines,
    )


def try_channels(fleet: OpenFleet, *, only: str = "") -> Mapping[str, Receipt]:
    """Send a test message through each channel, or through one. Nothing of it is remembered."""
    settings = fleet.fleet.notify or NotifySettings()
    person = fleet.person()
    by = person.rpartition("<")[2].removesuffix(">")
    now = clock()
    news = News(fleet.fleet.name, fleet.fleet.name, {}, {})
    speaker = Speaker(news, settings, comments=False, now=now)
    message = Message(
        kind=MessageKind.TEST,
        name="",
        of=secrets.token_hex(8),
        at=now,
        noted=now,
        stale=now,
        said=f"It comes from the fleet {fleet.fleet.name}, and {by} asked for it.",
    )
    found = {}
    for name, each in settings.channels.items():
        if only in ("", name):
            found[name] = _tested(fleet, settings, speaker=speaker, message=message, way=_way(each.kind, name, by=by))
    return found


def _way(kind: ChannelKind, name: str, *, by: str) -> Delivery:
    return Delivery(name, by if kind is ChannelKind.MAIL else "")


def _tested(
    fleet: OpenFleet, settings: NotifySettings, *, speaker: Speaker, message: Message, way: Delivery
) -> Receipt:
    channel = ChannelFactory(fleet, settings).channel(way.channel)
    one = Outgoing(
        id=delivery_id(fleet.fleet.name, message, delivery=way),
        message=message,
        text=speaker.text(message),
        document=speaker.document(message),
        to=way.to,
    )
    try:
        return channel.send(one, seconds=10.0)
    finally:
        channel.close()


def _given_by(fleet: OpenFleet) -> Callable[[str, str], str]:
    return lambda name, owner: given_by(fleet, name, owner=owner)


def _seen(fleet: OpenFleet) -> _Seen | None:
    if fleet.fleet.notify is None:
        return None
    now = clock()
    observed = without_state(fleet, Selection(), now=now, clock=clock).observed
    settings = observed.fleet.notify
    if settings is None:
        return None
    lines = list(fleet.ledger.log(since=now - LOOKED_BACK))
    news = news_of(observed, lines, now=now, no_room=without_room(fleet, observed, now=now))
    speaker = Speaker(news, settings, comments=bool(observed.fleet.people), now=now)
    doubt = clock_problem(observed, now)
    gaps = "; ".join(observed.gaps)
    return _Seen(settings, news, speaker, doubt or gaps, now)
