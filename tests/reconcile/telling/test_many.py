"""What becomes so at once is told as one message to each reader, and each workspace's book says that it was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helium.core.message import Delivery, DeliveryState, Message, MessageKind
from helium.core.notify_settings import ChannelKind
from helium.core.status import StatusWord
from helium.ports.channels import MessageText, Receipt
from helium.reconcile.telling.claims import CLAIMED_FOR
from helium.reconcile.telling.facts import News, NewsOfWorkspace
from helium.reconcile.telling.many import MOST_NAMED, text_of
from helium.reconcile.telling.words import Speaker
from tests.builders import ADDED_AT, NOW
from tests.reconcile.telling.world import HOUR, ToldWorld, channel, news, settings, workspace

ADA, BOB = "ada@example.com", "bob@example.com"
MAIL = channel("mail", ChannelKind.MAIL)
FRIDAY = NOW + 24 * HOUR


def ending(number: int, **changes: Any) -> NewsOfWorkspace:
    """One of twenty that end at the same time."""
    return workspace(f"w{number:03}", deadline=FRIDAY, added_at=NOW - timedelta(days=9), **changes)


def world(*channels: Any) -> ToldWorld:
    """Where all that is ready was told long ago."""
    return ToldWorld(settings(*(replace(each, events=(MessageKind.ENDS_SOON,)) for each in channels or (MAIL,))))


def names(one: Any) -> list[str]:
    """Of which workspaces a message is."""
    return [each.name for each in (one.message, *one.others)]


def test_twenty_that_end_at_once_are_one_mail_to_each_owner() -> None:
    """And one call each to a program, which need not know two forms."""
    told = world(MAIL, channel("hook"))
    seen = news(*(ending(number) for number in range(20)), ending(20, owner=BOB))
    told.turn(seen)
    assert [(ADA, 20), (BOB, 1)] == [(one.to, len(names(one))) for one in told.taken("mail")]
    assert 21 == len(told.taken("hook"))
    assert "20 workspaces end in 1 day" == told.taken("mail")[0].text.title
    ways = [book.messages[-1].deliveries[0] for _, book in sorted(told.messages.books.items())]
    assert {DeliveryState.SENT} == {each.state for each in ways}
    told.turn(seen)
    assert 2 == len(told.taken("mail"))


def test_a_comment_tells_of_what_one_commit_brought_to_main() -> None:
    """It was asked for in one pull request; what came at another time, in another one."""
    told = world(channel("thread", ChannelKind.HOST))
    told.turn(news(ending(1), ending(2), replace(ending(3), added_at=NOW - timedelta(days=8))))
    assert [["w001", "w002"], ["w003"]] == [names(one) for one in told.taken("thread")]


def test_who_sends_again_after_a_kill_sends_the_same_under_the_same_id() -> None:
    """What is due by then beside it is another message; what is not wanted any more is in neither."""
    told = world()

    def die() -> None:
        raise KilledInBetweenError

    told.channels["mail"].while_sending = die
    with pytest.raises(KilledInBetweenError):
        told.turn(news(ending(1), ending(2), ending(3)))
    bundle = told.messages.books["w001"].messages[-1].deliveries[0].bundle
    assert bundle
    told.channels["mail"].while_sending = lambda: None
    told.now += CLAIMED_FOR
    told.turn(news(ending(1), ending(2), ending(3, kept=True), ending(4), ending(5)))
    assert [(["w004", "w005"], False), (["w001", "w002"], True)] == [
        (names(one), one.doubtful) for one in told.taken("mail")
    ]
    assert bundle == told.taken("mail")[1].id != told.taken("mail")[0].id


def test_who_is_killed_after_the_send_sends_no_mail_again() -> None:
    """The machine's journal has the id of all that was in it."""
    told = world()
    seen = news(ending(1), ending(2))
    told.channels["mail"].while_sending = lambda: setattr(told.messages, "meanwhile", die)

    def die() -> None:
        raise KilledInBetweenError

    with pytest.raises(KilledInBetweenError):
        told.turn(seen)
    told.channels["mail"].while_sending = lambda: None
    told.now += CLAIMED_FOR
    told.turn(seen)
    assert (1, set()) == (len(told.taken("mail")), set(told.journal))
    assert {DeliveryState.SENT} == {book.messages[-1].deliveries[0].state for book in told.messages.books.values()}


def test_the_journal_remembers_until_all_of_it_is_written_down() -> None:
    """One book was written over by others: its claim is open still, and whoever takes it finds that it was sent."""
    told = world()
    told.write_over("w001")
    told.turn(news(ending(1), ending(2)))
    states = [told.messages.books[name].messages[-1].deliveries[0].state for name in ("w001", "w002")]
    assert ([DeliveryState.CLAIMED, DeliveryState.SENT], 1) == (states, len(told.journal))
    told.messages.meanwhile, told.now = None, NOW + CLAIMED_FOR
    told.turn(news(ending(1), ending(2)))
    assert (1, set()) == (len(told.taken("mail")), set(told.journal))


def test_a_bundle_that_is_not_taken_is_tried_again_as_it_was() -> None:
    """All of it waits, and goes out together."""
    told = world()
    told.channels["mail"].answers = [Receipt(False, "no")]
    told.turn(news(ending(1), ending(2)))
    told.now += HOUR / 60
    told.turn(news(ending(1), ending(2), ending(3)))
    told.turn(news(ending(1), ending(2), ending(3)))
    assert [["w003"], ["w001", "w002"]] == [names(one) for one in told.taken("mail")]


def test_a_bundle_waits_for_all_of_it() -> None:
    """One was written over by others, and is claimed still: alone, each would have the id of both."""
    told = world()
    told.channels["mail"].answers = [Receipt(False, "no")]
    told.write_over("w001")
    told.turn(news(ending(1), ending(2)))
    assert 1 == told.messages.states.channels["mail"].tries
    told.messages.meanwhile = None
    told.channels["mail"].while_sending = lambda: None
    told.now += HOUR / 60
    told.turn(news(ending(1), ending(2)))
    assert [] == told.taken("mail")
    told.now = NOW + CLAIMED_FOR
    told.turn(news(ending(1), ending(2)))
    assert [["w001", "w002"]] == [names(one) for one in told.taken("mail")]


def test_what_was_not_taken_goes_with_nothing_new() -> None:
    """They would be tried again at other times, the second one in the place of the first."""
    told = world()
    told.channels["mail"].answers = [Receipt(False, "no")]
    bob = ending(9, owner=BOB)
    told.turn(news(ending(1), bob))
    told.now += HOUR / 60
    told.turn(news(ending(1), ending(2), bob))
    assert [["w009"], ["w002"], ["w001"]] == [names(one) for one in told.taken("mail")]


class KilledInBetweenError(Exception):
    """As by SIGKILL."""


def message(name: str, kind: MessageKind = MessageKind.ENDS_SOON, **changes: Any) -> Message:
    """One of several."""
    plain = Message(
        kind, name, "", NOW, NOW, NOW, ADDED_AT, owner=ADA, deadline=FRIDAY, deliveries=(Delivery("mail", ADA),)
    )
    return replace(plain, **changes)


def said(*messages: Message, seen: News | None = None, url: str = "https://helium.example.com") -> MessageText:
    """What is said of these."""
    told = replace(settings(), url=url)
    return text_of(messages, Speaker(seen or news(), told, True, NOW))


def test_a_warning_of_many_lists_them_with_what_ends_first_on_top() -> None:
    """How to keep one, where all are, and what is lost."""
    text = said(message("b"), message("a"), message("c", deadline=NOW + HOUR))
    assert "3 workspaces end soon, the first in 1 hour" == text.title
    assert (
        "They belong to ada@example.com.",
        "c: Tuesday, 24 November 2026, 13:00 UTC",
        "a: Wednesday, 25 November 2026, 12:00 UTC",
        "b: Wednesday, 25 November 2026, 12:00 UTC",
    ) == text.lines[:4]
    assert "helium extend NAME 7d, or a comment on its pull request: /extend 7d NAME" in text.lines[-1]
    assert {"All workspaces": "https://helium.example.com"} == text.links
    paused = said(message("a"), message("b"), seen=news(paused=True), url="")
    assert ("The same for all: Wednesday, 25 November 2026, 12:00 UTC", {}) == (paused.lines[1], paused.links)
    assert "The fleet is paused now" in paused.lines[-1]


def test_with_500_names_a_message_has_the_first_and_how_many_more() -> None:
    """Nobody reads 500 lines, and no chat takes them."""
    text = said(*(message(f"w{number:03}") for number in range(500)))
    assert "500 workspaces end in 1 day" == text.title
    assert MOST_NAMED + 5 == len(text.lines)
    assert "… and 480 more: helium list" in text.lines
    assert len("\n".join(text.lines)) < 2000


def test_failures_of_one_cause_say_it_once() -> None:
    """Those of several have one each, and whose they are."""
    one, other = (
        workspace(name, word=StatusWord.FAILED, reason=why) for name, why in (("a", "no room"), ("b", "no quota"))
    )
    failures = message("a", MessageKind.FAILED), message("b", MessageKind.FAILED)
    text = said(*failures, seen=news(one, replace(other, reason="no room")))
    assert ("2 workspaces failed", "The same for all: no room") == (text.title, text.lines[1])
    assert ("a", "b") == text.lines[2:4]
    text = said(failures[0], replace(failures[1], owner=BOB), seen=news(one, other))
    assert ("a (ada@example.com): no room", "b (bob@example.com): no quota") == text.lines[:2]
    assert "Why, the ledger does not say." in said(*failures).lines[1]


@pytest.mark.parametrize(
    ("changes", "title", "line"),
    [
        ({"kind": MessageKind.READY}, "are ready", "The same for all: until Wednesday, 25 November 2026, 12:00 UTC"),
        ({"kind": MessageKind.READY, "deadline": None}, "are ready", "The same for all: until its file is removed"),
        (
            {"kind": MessageKind.GRACE, "stale": NOW + HOUR},
            "are destroyed in 1 hour, unless you keep them",
            "The same for all: until Tuesday, 24 November 2026, 13:00 UTC",
        ),
        ({"kind": MessageKind.ENDED, "of": "expired x"}, "have ended", "The same for all: its deadline had passed"),
        (
            {"kind": MessageKind.ENDED, "said": "Bob <b@h>"},
            "have ended",
            "The same for all: its file was removed by Bob <b@h>",
        ),
        (
            {"kind": MessageKind.GIVEN, "former": BOB, "said": "Ann <a@h>"},
            "belong to ada@example.com now",
            "The same for all: given by Ann <a@h> to ada@example.com; it was of bob@example.com",
        ),
        ({"kind": MessageKind.HELD}, "are held", "The same for all: too many"),
        ({"kind": MessageKind.HELD, "of": "quota x"}, "wait for room", "The same for all: There is no room."),
    ],
)
def test_each_kind_has_words_for_many(changes: dict[str, Any], title: str, line: str) -> None:
    """As it has for one."""
    seen = news(*(workspace(name, held="too many", no_room="There is no room.") for name in ("a", "b")))
    text = said(message("a", **changes), message("b", **changes), seen=seen)
    assert (f"2 workspaces {title}", line) == (text.title, text.lines[1])
    assert "NAME" in "".join(text.lines[3:])


def test_what_goes_to_several_people_says_so() -> None:
    """Nobody knows of one who gave it, and nothing holds any more what is gone."""
    given = message("a", MessageKind.GIVEN, former=BOB)
    text = said(given, message("b", MessageKind.GIVEN, owner=BOB, former=ADA))
    assert "2 workspaces belong to somebody else now" == text.title
    assert "a (ada@example.com): given to ada@example.com; it was of bob@example.com" == text.lines[0]
    assert ("a", "b") == said(message("a", MessageKind.HELD), message("b", MessageKind.HELD)).lines[1:3]


def test_one_alone_has_its_own_words() -> None:
    """As it would have without others."""
    assert "a ends in 1 day" == said(message("a")).title
