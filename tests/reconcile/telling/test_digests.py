from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from helium.core.message import MessageBook, MessageKind
from helium.core.notify_settings import ChannelKind, ChannelSettings
from helium.reconcile.telling.digests import digest_books, is_of_digests
from helium.reconcile.telling.due import Telling
from tests.reconcile.telling.world import ToldWorld, channel, news, settings, states, workspace

MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
WEEKLY = (MessageKind.DIGEST,)
SEEN = news(workspace("a"), workspace("b", owner="bob@example.com", team="ml"), workspace("c", owner="", team=""))


def readers(*channels: ChannelSettings, now: datetime = MONDAY) -> list[tuple[str, str, str]]:
    """Whose workspaces are told to whom, through which channel."""
    said = settings(*channels)
    found = digest_books(SEEN, {}, telling=Telling(said, states(*said.channels), now))
    return [
        (each.deliveries[0].channel, each.deliveries[0].to, each.owner or each.team)
        for book in found.values()
        if book is not None
        for each in book.messages
    ]


def test_each_owner_gets_their_own_and_each_channel_of_a_team_the_teams() -> None:
    """Fixed readers of mail get all; who has no workspace hears nothing."""
    mail = channel("mail", ChannelKind.MAIL, events=WEEKLY, to=("owner", "ops@example.com"))
    ml = channel("ml", events=WEEKLY, teams=("ml",))
    none = channel("none", events=WEEKLY, teams=("none",))
    nobody = channel("nobody", ChannelKind.MAIL, events=WEEKLY, to=("ops@example.com",), teams=("none",))
    assert [
        ("mail", "ada@example.com", "ada@example.com"),
        ("mail", "bob@example.com", "bob@example.com"),
        ("mail", "ops@example.com", ""),
        ("ml", "", "ml"),
    ] == readers(mail, ml, none, nobody)


def test_a_digest_comes_on_monday_morning_and_a_day_late_at_most() -> None:
    """In the middle of the week nobody wants Monday's."""
    weekly = channel("w", events=WEEKLY)
    times = [MONDAY - timedelta(minutes=1), MONDAY, MONDAY + timedelta(hours=35), MONDAY + timedelta(hours=36)]
    assert [0, 1, 1, 0] == [len(readers(weekly, now=each)) for each in times]


def test_without_a_wish_for_it_there_is_none() -> None:
    """It is no part of what is told by default. A channel that is newer than Monday waits for the next."""
    assert [] == readers(channel())
    weekly = settings(channel("w", events=WEEKLY))
    for known in (states("w", since=MONDAY + timedelta(hours=1)), states("x")):
        assert {} == digest_books(SEEN, {}, telling=Telling(weekly, known, MONDAY + timedelta(hours=2)))


def test_a_week_has_one_book_and_the_last_weeks_goes() -> None:
    """However often somebody looks."""
    world = ToldWorld(settings(channel("w", events=WEEKLY), channel("other")), now=MONDAY)
    world.messages.books = {"WEEK-2026-48": MessageBook("WEEK-2026-48")}
    world.turn(SEEN)
    world.turn(SEEN)
    assert (["digest "], ["WEEK-2026-49"]) == (world.got("w"), [id for id in world.messages.books if is_of_digests(id)])
    document = world.taken("w")[0].document
    assert ["a", "b", "c"] == [each["name"] for each in document["workspaces"]]


def test_a_fleet_that_is_empty_has_no_digest() -> None:
    """There is nothing to say."""
    weekly = settings(channel("w", events=WEEKLY))
    empty = replace(SEEN, workspaces={})
    assert {} == digest_books(empty, {}, telling=Telling(weekly, states("w"), MONDAY))
