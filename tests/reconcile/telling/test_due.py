from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.message import Delivery, DeliveryState, MessageBook, MessageKind
from helium.core.notify_settings import ChannelKind
from helium.core.status import StatusWord
from helium.reconcile.telling.due import CALM, warning_of
from helium.reconcile.telling.still_wanted import KEPT
from tests.builders import ADDED_AT, DEADLINE, NOW
from tests.reconcile.telling.world import HOUR, channel, end, kinds, news, settings, states, told, workspace

DAY = timedelta(days=1)
WAS_READY = replace(workspace(), added_at=NOW - 9 * DAY)
"""One that lives for long, so that each warning has its time."""


def test_what_is_ready_is_told_once() -> None:
    """However often somebody looks."""
    once = told(news(workspace()), {})
    assert ["ready"] == kinds(once)
    assert once == told(news(workspace()), once, now=NOW + HOUR)
    assert (Delivery("hook"),) == once["a"].messages[0].deliveries


def test_what_was_so_before_a_channel_was_there_is_written_down_and_not_told() -> None:
    """Whoever turns telling on in a fleet of hundreds hears nothing of what is long known."""
    books = told(news(workspace()), {}, states=states(since=NOW))
    assert (["ready"], ()) == (kinds(books), books["a"].messages[0].deliveries)


def test_a_channel_that_nobody_has_noted_yet_gets_warnings_alone() -> None:
    """What is to come it wants to hear as well."""
    one = replace(WAS_READY, deadline=NOW + HOUR / 2)
    books = told(news(one), {}, states=states("other"))
    assert ["ready", "ends-soon"] == kinds(books)
    assert [0, 1] == [len(each.deliveries) for each in books["a"].messages]


def test_ready_and_failed_are_told_by_turns() -> None:
    """It failed, came up again, and failed again: three messages, and none for each look or attempt."""
    books = told(news(workspace(word=StatusWord.FAILED)), {})
    books = told(news(workspace(word=StatusWord.FAILED)), books, now=NOW + 3 * HOUR)
    books = told(news(workspace()), books, now=NOW + 4 * HOUR)
    books = told(news(workspace(word=StatusWord.UPDATING)), books, now=NOW + 5 * HOUR)
    books = told(news(workspace(word=StatusWord.FAILED)), books, now=NOW + 6 * HOUR)
    assert ["failed", "ready", "failed"] == kinds(books)


def test_what_fails_with_another_file_is_told_again() -> None:
    """Whoever pushed a repair wants to know that it was none."""
    books = told(news(workspace(word=StatusWord.FAILED)), {})
    books = told(news(workspace(word=StatusWord.FAILED, blob="c" * 40)), books, now=NOW + HOUR / 60)
    assert ["failed", "failed"] == kinds(books)


def test_what_goes_up_and_down_is_told_once_in_an_hour() -> None:
    """A pod that comes and goes every minute is no message a minute."""
    books = told(news(workspace()), {})
    books = told(news(workspace(word=StatusWord.FAILED)), books, now=NOW + HOUR / 10)
    books = told(news(workspace()), books, now=NOW + HOUR / 5)
    assert ["ready", "failed"] == kinds(books)
    assert ["ready", "failed", "ready"] == kinds(told(news(workspace()), books, now=NOW + CALM))


@pytest.mark.parametrize(
    ("left", "warned"),
    [
        (2 * DAY, []),
        (DAY + HOUR / 60, []),
        (DAY, ["1d"]),
        (2 * HOUR, ["1d"]),
        (HOUR, ["1h"]),
        (HOUR / 2, ["1h"]),
        (timedelta(0), []),
    ],
)
def test_a_warning_comes_a_day_and_an_hour_before(left: timedelta, warned: list[str]) -> None:
    """Whoever looks late warns by what is left, and not by what would have been."""
    deadline = NOW + left
    books = told(news(replace(WAS_READY, deadline=deadline)), {})
    found = [each.of for each in books["a"].messages if each.kind is MessageKind.ENDS_SOON]
    assert [f"{deadline:%Y-%m-%dT%H:%M:%SZ} {each}" for each in warned] == found


def test_both_warnings_come_and_each_once() -> None:
    """A day before, then an hour before; looks in between say nothing."""
    one = replace(WAS_READY, deadline=NOW + DAY)
    books: dict[str, MessageBook] = {}
    for minutes in range(0, 24 * 60, 15):
        books = told(news(one), books, now=NOW + timedelta(minutes=minutes))
    assert ["ready", "ends-soon", "ends-soon"] == kinds(books)


def test_an_extension_does_not_silence_the_next_warning() -> None:
    """What was warned of is the deadline, and not the workspace."""
    first, second = NOW + HOUR, NOW + HOUR + 7 * DAY
    one = replace(WAS_READY, deadline=first)
    books = told(news(one), {})
    longer = replace(one, deadline=second)
    books = told(news(longer), books, now=NOW + HOUR / 2)
    assert ["ready", "ends-soon"] == kinds(books)
    books = told(news(longer), books, now=second - DAY)
    books = told(news(longer), books, now=second - HOUR)
    assert [warning_of(first, HOUR), warning_of(second, DAY), warning_of(second, HOUR)] == [
        each.of for each in books["a"].of_kinds(MessageKind.ENDS_SOON)
    ]


def test_who_asked_for_little_time_is_not_warned_at_once() -> None:
    """Twelve hours were asked for, so that it ends within a day is no news; that it ends in an hour is."""
    one = workspace(added_at=NOW, deadline=NOW + 12 * HOUR)
    assert ["ready"] == kinds(told(news(one), {}))
    assert ["ready", "ends-soon"] == kinds(told(news(one), {}, now=NOW + 11 * HOUR))
    short = workspace(added_at=NOW, deadline=NOW + HOUR / 2)
    assert ["ready"] == kinds(told(news(short), {}, now=NOW + HOUR / 3))


@pytest.mark.parametrize("change", [{"kept": True}, {"word": StatusWord.DELETING}, {"deadline": None}])
def test_what_does_not_end_at_its_deadline_is_not_warned_of(change: dict[str, object]) -> None:
    """Protected, or about to go already, or without an end."""
    books = told(news(replace(replace(WAS_READY, deadline=NOW + HOUR), **change)), {})  # type: ignore[arg-type]
    assert "ends-soon" not in kinds(books)


def test_what_is_held_is_told_once_for_each_hold() -> None:
    """The same hold once; one that comes back within the hour is no news."""
    held = workspace(held="too many", held_since=NOW)
    books = told(news(held), {})
    assert ["ready", "held"] == kinds(books) == kinds(told(news(held), books, now=NOW + 2 * HOUR))
    again = replace(held, held_since=NOW + HOUR / 2)
    assert ["ready", "held"] == kinds(told(news(again), books, now=NOW + HOUR / 2))
    later = replace(held, held_since=NOW + 2 * HOUR)
    assert ["ready", "held", "held"] == kinds(told(news(later), books, now=NOW + 2 * HOUR))


def test_an_end_is_told_with_what_was_known_of_it() -> None:
    """Its record is gone by then; whose it was, the book has."""
    books = told(news(workspace()), {})
    books = told(news(ends=(end(by="Ada <ada@example.com>", code="file-removed"),)), books)
    books = told(news(ends=(end(by="Ada <ada@example.com>", code="file-removed"),)), books, now=NOW + HOUR)
    ended = books["a"].messages[-1]
    assert ["ready", "ended"] == kinds(books)
    assert ("ada@example.com", "sales", "Ada <ada@example.com>", DEADLINE) == (
        ended.owner,
        ended.team,
        ended.said,
        ended.deadline,
    )


def test_a_record_that_is_lost_is_no_end() -> None:
    """Nothing in the log says that it was destroyed."""
    books = told(news(workspace()), {})
    assert ["ready"] == kinds(told(news(), books))


def test_another_incarnation_begins_anew() -> None:
    """The old one's end and the new one's beginning are both told."""
    books = told(news(workspace()), {})
    new = workspace(added_at=NOW + HOUR, since=NOW + HOUR)
    books = told(news(new, ends=(end(),)), books, now=NOW + 2 * HOUR)
    assert [("ready", ADDED_AT), ("ended", ADDED_AT), ("ready", NOW + HOUR)] == [
        (each.kind.value, each.added_at) for each in books["a"].messages
    ]


def test_what_a_new_expiry_brought_back_is_ready_and_ends_once_more() -> None:
    """It is the same incarnation by its file, so only the time of its end tells the two apart."""
    books = told(news(workspace()), {})
    books = told(news(ends=(end(),)), books)
    books = told(news(workspace(blob="c" * 40)), books, now=NOW + HOUR)
    books = told(news(workspace(blob="c" * 40)), books, now=NOW + 2 * HOUR)
    for hours in (3, 4):
        books = told(news(ends=(end(time=NOW + 3 * HOUR),)), books, now=NOW + hours * HOUR)
    assert ["ready", "ended", "ready", "ended"] == kinds(books)


def test_what_ended_is_forgotten_after_a_while() -> None:
    """Not before its line is too old for anybody to look at it again."""
    books = told(news(workspace()), {})
    books = told(news(ends=(end(),)), books)
    for message in books["a"].messages:
        for way in message.deliveries:
            books["a"] = books["a"].with_message(message.with_delivery(replace(way, state=DeliveryState.SENT)))
    assert "a" in told(news(), books, now=NOW + KEPT - HOUR)
    assert {} == told(news(), books, now=NOW + KEPT)


def test_a_name_of_which_nothing_is_known_has_no_book() -> None:
    """Its line alone is of somebody who was never told of a beginning."""
    assert {} == told(news(ends=(end(),)), {})


@pytest.mark.parametrize(
    ("first", "then", "why"),
    [
        ({}, {"word": StatusWord.FAILED}, "it is failed by now"),
        ({"word": StatusWord.FAILED}, {"word": StatusWord.READY}, "it is ready by now"),
        ({}, {"word": StatusWord.DELETING}, "it is deleting by now"),
        ({"held_since": NOW}, {}, "nothing holds it any more"),
        ({"held_since": NOW}, {"held_since": NOW + HOUR / 4}, "nothing holds it any more"),
        ({"added_at": NOW - 9 * DAY, "deadline": NOW + HOUR}, {"deadline": DEADLINE}, "its deadline has moved"),
        ({"added_at": NOW - 9 * DAY, "deadline": NOW + HOUR}, {"kept": True}, "its deadline has moved"),
    ],
)
def test_what_is_not_so_any_more_is_told_no_more(first: dict[str, object], then: dict[str, object], why: str) -> None:
    """A channel that was away tells nobody that it ends in an hour after it was extended."""
    one = replace(workspace(), **first)  # type: ignore[arg-type]
    books = told(news(one), {})
    was = books["a"].messages[-1]
    books = told(news(replace(one, **{"held_since": None, **then})), books, now=NOW + HOUR / 2)  # type: ignore[arg-type]
    now = next(each for each in books["a"].messages if each.key == was.key)
    assert [(DeliveryState.DROPPED, why)] == [(each.state, each.why) for each in now.deliveries]


def test_what_could_not_be_told_in_time_is_dropped() -> None:
    """After a day nobody wants to hear it, and after the deadline no warning."""
    books = told(news(workspace()), {}, said=settings(channel(events=(MessageKind.READY,))))
    books = told(news(workspace()), books, now=NOW + DAY)
    assert ["it could not be sent in time"] == [each.why for each in books["a"].messages[0].deliveries]


def test_what_is_of_an_earlier_incarnation_is_dropped_and_its_end_is_not() -> None:
    """Only the end is news of it."""
    books = told(news(workspace()), {})
    books = told(news(ends=(end(),)), books)
    assert [("ready", "the workspace has ended"), ("ended", "")] == [
        (each.kind.value, each.deliveries[0].why) for each in books["a"].messages
    ]


def test_what_somebody_is_about_to_send_is_left_to_them() -> None:
    """Until the claim has run out."""
    books = told(news(workspace()), {})
    message = books["a"].messages[0]
    claimed = replace(message.deliveries[0], state=DeliveryState.CLAIMED, until=NOW + HOUR)
    books["a"] = books["a"].with_message(message.with_delivery(claimed))
    failed = news(workspace(word=StatusWord.FAILED))
    before = told(failed, books, now=NOW + HOUR / 2)
    assert claimed == before["a"].messages[0].deliveries[0]
    assert DeliveryState.DROPPED is told(failed, before, now=NOW + HOUR)["a"].messages[0].deliveries[0].state


def test_mail_goes_to_the_owner_and_to_whom_the_settings_name() -> None:
    """Nobody twice, and to an owner whom nobody knows not at all."""
    mail = channel("mail", ChannelKind.MAIL, to=("owner", "ops@example.com", "ada@example.com"))
    said = settings(mail)
    books = told(news(workspace(), workspace("b", owner="")), {}, said=said)
    assert ["ada@example.com", "ops@example.com"] == [each.to for each in books["a"].messages[0].deliveries]
    assert ["ops@example.com", "ada@example.com"] == [each.to for each in books["b"].messages[0].deliveries]


def test_a_channel_tells_of_its_teams_and_its_events_alone() -> None:
    """What it does not want is not its affair."""
    sales = channel("sales", teams=("sales",))
    failures = channel("failures", events=(MessageKind.FAILED,))
    books = told(news(workspace(), workspace("b", team="ml")), {}, said=settings(sales, failures))
    assert [("sales",), ()] == [
        tuple(each.channel for each in books[name].messages[0].deliveries) for name in ("a", "b")
    ]


def test_a_book_keeps_the_newest_of_many() -> None:
    """What was told by turns for months does not grow for ever; what is open stays."""
    books: dict[str, MessageBook] = {}
    for turn in range(140):
        word = StatusWord.FAILED if turn % 2 else StatusWord.READY
        books = told(news(workspace(word=word)), books, now=NOW + 2 * turn * HOUR)
    assert 60 == len(books["a"].messages)
    assert "failed" == kinds(books)[-1]


BOB = "bob@example.com"


def test_a_new_owner_is_told_and_so_is_the_old_one_unless_they_gave_it_themselves() -> None:
    """Once for each time that it changes hands, also when it comes back."""
    said = settings(channel("mail", ChannelKind.MAIL))
    mine, theirs = workspace(), workspace(owner=BOB, blob="c" * 40)
    books = told(news(mine), {}, said=said)
    books = told(news(theirs), books, said=said, given_by=lambda name, owner: "Ann <ann@example.com>")
    books = told(news(theirs), books, said=said, now=NOW + HOUR)
    given = books["a"].messages[-1]
    assert (["ready", "given"], "ada@example.com", BOB) == (kinds(books), given.former, given.owner)
    assert [BOB, "ada@example.com"] == [each.to for each in given.deliveries]
    books = told(news(mine), books, said=said, now=NOW + HOUR, given_by=lambda name, owner: f"Bob <{BOB.upper()}>")
    assert ["ada@example.com"] == [each.to for each in books["a"].messages[-1].deliveries]
    books = told(news(workspace(owner="Ada@Example.com")), books, said=said, now=NOW + 2 * HOUR)
    assert ["ready", "given", "given"] == kinds(books)


def test_another_incarnation_is_not_given() -> None:
    """Whoever takes the name gets none of what the old one's owner had; an owner whom nobody knows gave nothing."""
    books = told(news(workspace()), {})
    assert "given" not in kinds(told(news(workspace(owner=BOB, added_at=NOW)), books))
    assert "given" not in kinds(told(news(workspace(owner=BOB)), told(news(workspace(owner="")), {})))


GOING = workspace(
    word=StatusWord.DELETING, has_file=False, kept=True, going_since=NOW, undo_until=NOW + HOUR, removed_by="Bob <b@h>"
)


def test_what_is_to_go_and_can_be_kept_is_told_once_for_each_end() -> None:
    """What was put back and is removed again has another end."""
    books = told(news(workspace()), {})
    for minutes in (0, 20):
        books = told(news(GOING), books, now=NOW + timedelta(minutes=minutes))
    message = books["a"].messages[-1]
    assert (["ready", "grace"], NOW + HOUR, "Bob <b@h>") == (kinds(books), message.stale, message.said)
    books = told(news(workspace()), books, now=NOW + HOUR / 2)
    assert ["it stays by now"] == [each.why for each in books["a"].messages[-1].deliveries]
    again = replace(GOING, going_since=NOW + HOUR, undo_until=NOW + 2 * HOUR)
    assert ["ready", "grace", "grace"] == kinds(told(news(again), books, now=NOW + HOUR))


def test_another_end_makes_the_message_of_the_first_moot() -> None:
    """Nobody is told of a moment that counts no more."""
    books = told(news(GOING), {})
    again = replace(GOING, going_since=NOW + HOUR / 4, undo_until=NOW + 2 * HOUR)
    books = told(news(again), books, now=NOW + HOUR / 2)
    assert ["it stays by now", ""] == [each.deliveries[0].why for each in books["a"].of_kinds(MessageKind.GRACE)]


FULL = workspace(word=StatusWord.REQUESTED, no_room="There is no room.")


def test_what_a_quota_keeps_from_being_created_is_told_once_to_each_owner() -> None:
    """A hold of another kind is told beside it; once there is room, nobody need hear it."""
    books = told(news(FULL), {}, states=states(since=ADDED_AT - HOUR))
    books = told(news(FULL), books, now=NOW + HOUR)
    assert ["held"] == kinds(books)
    books = told(news(replace(FULL, held="x", held_since=NOW + HOUR)), books, now=NOW + HOUR)
    assert (["held", "held"], ["", ""]) == (kinds(books), [each.deliveries[0].why for each in books["a"].messages])
    books = told(news(replace(FULL, owner=BOB)), books, now=NOW + 2 * HOUR)
    assert ["held", "held", "given", "held"] == kinds(books)
    books = told(news(workspace(owner=BOB)), books, now=NOW + 3 * HOUR)
    assert "nothing holds it any more" == books["a"].of_kinds(MessageKind.HELD)[-1].deliveries[0].why
