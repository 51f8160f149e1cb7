"""When the next turn has something to do, if nothing else changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from helium.core.message import ChannelStates, MessageBook
from helium.reconcile.telling.due import WARNINGS
from helium.reconcile.telling.facts import News

LONGEST_REST = timedelta(minutes=15)
"""A Monday comes, and nobody says so."""


def next_turn(news: News, books: Mapping[str, MessageBook], *, states: ChannelStates, now: datetime) -> datetime:
    """The first warning or grace that is due, the first message to be tried again; a quarter of an hour at most."""
    times = [*_warnings(news), *_tries(books, states)]
    return min([each for each in times if each > now] + [now + LONGEST_REST])


def _warnings(news: News) -> Iterator[datetime]:
    for one in news.workspaces.values():
        if one.deadline is not None:
            yield from (one.deadline - before for before in WARNINGS)
            if news.grace:
                yield one.deadline


def _tries(books: Mapping[str, MessageBook], states: ChannelStates) -> Iterator[datetime]:
    for book in books.values():
        for message in book.messages:
            for delivery in message.deliveries:
                state = states.channels.get(delivery.channel)
                if delivery.open and state is not None:
                    yield max(filter(None, (delivery.until, state.next_at)), default=message.noted)
