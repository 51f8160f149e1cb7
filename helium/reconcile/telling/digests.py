"""The weekly digest: one message for each owner, and one for each channel of teams, on Monday morning. Pure.

A week has one book. What is written there was told, so a turn that comes on Tuesday makes up for Monday's, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from helium.core.message import Delivery, Message, MessageBook, MessageKind
from helium.core.notify_settings import OWNER, ChannelKind, ChannelSettings
from helium.reconcile.telling.due import Telling
from helium.reconcile.telling.facts import News

_WEEK = "WEEK-"
"""Begins the id of a book of digests. No workspace can have such a name."""
HOUR = 7
"""In UTC, on Monday."""
_LATE = timedelta(hours=36)
"""How long after that a digest is still worth sending."""


def digest_books(news: News, books: Mapping[str, MessageBook], *, telling: Telling) -> dict[str, MessageBook | None]:
    """The book of this week, if it is to be written, and those of earlier weeks, which go."""
    now = telling.now
    begins = _monday(now)
    year, week, _ = begins.isocalendar()
    id = f"{_WEEK}{year}-{week:02}"
    changed: dict[str, MessageBook | None] = {each: None for each in books if each.startswith(_WEEK) and each != id}
    wanted = any(MessageKind.DIGEST in each.events for each in telling.settings.channels.values())
    if id in books or not wanted or not begins <= now < begins + _LATE:
        return changed
    messages = tuple(_messages(news, telling=telling, begins=begins, week=f"{year}, week {week}"))
    return {**changed, id: MessageBook(id, messages=messages)} if messages else changed


def is_of_digests(id: str) -> bool:
    """Whether a book has a week's digests, and nothing of a workspace."""
    return id.startswith(_WEEK)


def _monday(now: datetime) -> datetime:
    morning = now.replace(hour=HOUR, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    return morning if morning <= now else morning - timedelta(weeks=1)


def _messages(news: News, *, telling: Telling, begins: datetime, week: str) -> Iterator[Message]:
    for channel in telling.settings.channels.values():
        state = telling.states.channels.get(channel.name)
        if MessageKind.DIGEST not in channel.events or state is None or state.since > begins:
            continue
        for owner, delivery in _readers(channel, news):
            message = Message(
                kind=MessageKind.DIGEST,
                name="",
                of=f"{channel.name} {delivery.to}",
                at=begins,
                noted=telling.now,
                stale=begins + _LATE,
                owner=owner,
                team=",".join(channel.teams),
                said=week,
            )
            yield replace(message, deliveries=(delivery,))


def _readers(channel: ChannelSettings, news: News) -> Iterator[tuple[str, Delivery]]:
    """Whose workspaces (empty: of all), and to whom. Who has none hears nothing."""
    of_teams = [each for each in news.workspaces.values() if not channel.teams or each.team in channel.teams]
    if channel.kind is not ChannelKind.MAIL:
        if of_teams:
            yield "", Delivery(channel.name)
        return
    for reader in dict.fromkeys(channel.to):
        if reader == OWNER:
            for owner in sorted({each.owner for each in of_teams if each.owner}):
                yield owner, Delivery(channel.name, owner)
        elif of_teams:
            yield "", Delivery(channel.name, reader)
