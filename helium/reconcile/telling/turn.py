"""One turn: find what is to be told, claim it, send it, and write down what became of it.

In this order, so that whoever is killed at any moment has told nothing twice that a receiver cannot tell apart, and has
lost nothing. It ends within its seconds whatever channels do, and it refuses to send what it has not claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helium.core.message import ChannelState, ChannelStates, Delivery, MessageBook
from helium.core.notify_settings import NotifySettings
from helium.core.run import Clock
from helium.ports.channels import Channel, Messages, Outgoing, Receipt, SentJournal
from helium.reconcile.telling.claims import Bundle, Claim, after_sends, bundled, claimed, settled, unsent, waiting_in
from helium.reconcile.telling.digests import digest_books, is_of_digests
from helium.reconcile.telling.due import Telling, due_books, nobody_knows
from helium.reconcile.telling.facts import News
from helium.reconcile.telling.many import text_of
from helium.reconcile.telling.words import Speaker

ONE_SEND = 10.0
"""Seconds for one message."""
MOST_FAILURES = 3
"""In a row, after which a channel is left alone until a later turn."""
_MARGIN = timedelta(seconds=30)
"""Before a claim runs out, nothing more is sent under it: the machine may have slept."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent as one in a turn, and what the channel said."""

    id: str
    bundle: Bundle
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What a turn did. `given_back`: what it had no time for. `waiting`: what waits for a later turn, by channel."""

    sent: tuple[Sent, ...] = ()
    given_back: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TellingTurn:
    """A turn of one run. `seconds`: how long it may take; `timer` counts them, and `clock` says the time.

    `open`: builds a channel, at most once in a turn, when something is to be sent through it. `unusable`: why a channel
    cannot be used here, as where its secret is not: what waits for it is left to those who have it.
    """

    messages: Messages
    open: Callable[[str], Channel]
    unusable: Mapping[str, str]
    journal: SentJournal
    run: str
    clock: Clock
    timer: Callable[[], float]
    seconds: float = 60.0
    given_by: Callable[[str, str], str] = nobody_knows

    def go(self, news: News, settings: NotifySettings, *, speaker: Speaker) -> TurnResult:
        """Tell what is due."""
        until = self.timer() + self.seconds
        now = speaker.now
        known = self.messages.read()
        states = known_channels(known.states, settings, now=now)
        # A look into history takes a while, and people who gave hundreds away shall still be told of.
        half = until - self.seconds / 2
        telling = Telling(
            settings, states, now, lambda name, to: self.given_by(name, to) if self.timer() < half else ""
        )
        changed = due_books(news, of_workspaces(known.books), telling=telling)
        changed |= digest_books(news, known.books, telling=telling)
        books = {id: book for id, book in {**known.books, **changed}.items() if book is not None}
        usable = {name: each for name, each in states.channels.items() if name not in self.unusable}
        usable_states = replace(states, channels=usable)
        mine, claims = claimed(books, usable_states, settings=settings, run=self.run, now=now)
        changed |= mine
        noted = states if states != known.states else None
        if not changed and noted is None:
            return TurnResult(waiting=_waiting(books, states))
        others = self.messages.write(changed, on=known, states=noted)
        claims = tuple(each for each in claims if each.book not in others)
        if not claims:
            return TurnResult(waiting=_waiting(books, states))
        sent, left = self._send(claims, news, speaker=speaker, until=until)
        after = self._settle(sent, left, settings=settings)
        return TurnResult(sent, len(left), after)

    def _send(
        self, claims: Sequence[Claim], news: News, *, speaker: Speaker, until: float
    ) -> tuple[tuple[Sent, ...], tuple[Claim, ...]]:
        """Each channel by itself, so that one that hangs is in no other's way."""
        bundles = bundled(claims)
        names = sorted({each.channel for each in bundles})
        by_channel = [[each for each in bundles if each.channel == name] for name in names]

        def one(mine: Sequence[Bundle]) -> list[Sent]:
            return self._through(mine, news.id, speaker=speaker, until=until)

        with ThreadPoolExecutor(len(names), thread_name_prefix="tell") as pool:
            sent = [each for found in pool.map(one, by_channel) for each in found]
        done = {id(claim) for each in sent for claim in each.bundle.claims}
        return tuple(sent), tuple(each for each in claims if id(each) not in done)

    def _through(self, bundles: Sequence[Bundle], fleet: str, *, speaker: Speaker, until: float) -> list[Sent]:
        sent: list[Sent] = []
        channel, failures = self.open(bundles[0].channel), 0
        try:
            for bundle in bundles:
                id, left = bundle.id(fleet), min(ONE_SEND, until - self.timer())
                if left <= 0 or failures >= MOST_FAILURES or self.clock() >= bundle.claims[0].until - _MARGIN:
                    break
                # A process of this machine sent it, and did not live to write that down.
                known, began = id in self.journal, self.timer()
                receipt = Receipt(True) if known else channel.send(_outgoing(id, bundle, speaker=speaker), seconds=left)
                if receipt.ok:
                    self.journal.add(id)
                failures = 0 if receipt.ok or receipt.for_good or receipt.moot else failures + 1
                sent.append(Sent(id, bundle, receipt))
                # One that hangs is asked once: the next message would hang as well, while somebody waits for the turn.
                if failures and self.timer() - began >= left:
                    break
        finally:
            channel.close()
        return sent

    def _settle(self, sent: Sequence[Sent], left: Sequence[Claim], *, settings: NotifySettings) -> Mapping[str, int]:
        """Write it down, on the books as they are by now: others may have written new messages into them."""
        lost: frozenset[str] = frozenset()
        for turn in range(MOST_FAILURES):
            now, known = self.clock(), self.messages.read()
            changed: dict[str, MessageBook | None] = {}
            for claim, delivery in _became(sent, left, now=now):
                book = changed.get(claim.book) or known.books.get(claim.book)
                if book is not None:
                    changed[claim.book] = _with(book, claim, delivery=delivery)
            books = {**known.books, **{id: book for id, book in changed.items() if book is not None}}
            # How the channels did is counted once: it is written also where a book is lost.
            heard = () if turn else sent
            states = _heard(known_channels(known.states, settings, now=now), heard, books=books, now=now)
            lost = self.messages.write(changed, on=known, states=states if states != known.states else None)
            if not lost:
                break
        # What others wrote over each time is claimed still, and the journal goes on saying that it was sent.
        for each in sent:
            if lost.isdisjoint(claim.book for claim in each.bundle.claims):
                self.journal.forget(each.id)
        return _waiting(books, states)


def known_channels(states: ChannelStates, settings: NotifySettings, *, now: datetime) -> ChannelStates:
    """The channels of the settings: those that are new are there from now on, and those that are gone are not."""
    known = states.channels
    return replace(states, channels={name: known.get(name) or ChannelState(now) for name in settings.channels})


def _heard(
    states: ChannelStates, sent: Sequence[Sent], *, books: Mapping[str, MessageBook], now: datetime
) -> ChannelStates:
    """How the channels do after a turn."""
    found = {}
    for name, state in states.channels.items():
        receipts = [each.receipt for each in sent if each.bundle.channel == name]
        found[name] = replace(after_sends(state, receipts, now=now), waiting=waiting_in(books, name))
    return replace(states, channels=found)


def _became(sent: Sequence[Sent], left: Sequence[Claim], *, now: datetime) -> Iterator[tuple[Claim, Delivery]]:
    """What becomes of each claim: one that was sent with others has their fate."""
    working = {each.bundle.channel for each in sent if each.receipt.ok}
    for each in sent:
        for claim in each.bundle.claims:
            yield claim, settled(claim, each.receipt, now=now, works=each.bundle.channel in working)
    for claim in left:
        yield claim, unsent(claim)


def _with(book: MessageBook, claim: Claim, *, delivery: Delivery) -> MessageBook:
    """The book with what became of a claim, unless that is not ours any more."""
    message = next((each for each in book.messages if each.key == claim.message.key), None)
    if message is None or claim.delivery not in message.deliveries:
        return book
    return book.with_message(message.with_delivery(delivery))


def _outgoing(id: str, bundle: Bundle, *, speaker: Speaker) -> Outgoing:
    first, messages = bundle.claims[0], tuple(each.message for each in bundle.claims)
    return Outgoing(
        id=id,
        message=first.message,
        text=text_of(messages, speaker),
        document=speaker.document(first.message),
        to=first.delivery.to,
        tries=first.delivery.tries,
        doubtful=any(each.doubtful for each in bundle.claims),
        others=messages[1:],
    )


def of_workspaces(books: Mapping[str, MessageBook]) -> dict[str, MessageBook]:
    """The books of workspaces, without those of digests."""
    return {id: book for id, book in books.items() if not is_of_digests(id)}


def _waiting(books: Mapping[str, MessageBook], states: ChannelStates) -> dict[str, int]:
    return {name: waiting_in(books, name) for name in states.channels}
