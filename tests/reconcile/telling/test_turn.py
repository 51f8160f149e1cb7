from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.message import ChannelState, DeliveryState, MessageBook, MessageKind
from helium.core.notify_settings import ChannelKind
from helium.core.status import StatusWord
from helium.ports.channels import Receipt
from helium.reconcile.telling.claims import CLAIMED_FOR, MOST_AT_ONCE, MOST_TRIES
from tests.builders import NOW
from tests.fakes import FakeMessages
from tests.reconcile.telling.world import HOUR, ToldWorld, channel, news, settings, states, workspace

MINUTE = timedelta(minutes=1)


def test_a_turn_tells_and_the_next_has_nothing_to_say() -> None:
    """And then it writes nothing either."""
    world = ToldWorld()
    first = world.turn(news(workspace()))
    writes = world.messages.writes
    second = world.turn(news(workspace()))
    assert (["ready a"], 1, 0) == (world.got(), len(first.sent), len(second.sent))
    assert (writes, {"hook": 0}) == (world.messages.writes, second.waiting)
    assert 1 == world.channels["hook"].closed


def test_a_fleet_without_news_writes_nothing() -> None:
    """A turn a minute is no commit a minute."""
    world = ToldWorld()
    assert (0, 0) == (len(world.turn(news()).sent), world.messages.writes)


def test_a_new_channel_is_noted_before_anything_is_told() -> None:
    """From then on it hears of what becomes so."""
    world = ToldWorld()
    world.messages.states = states("gone")
    assert () == world.turn(news()).sent
    assert {"hook": ChannelState(NOW)} == world.messages.states.channels


def test_two_turns_at_once_tell_once() -> None:
    """Who writes the claim first sends; the other finds that the book has changed."""
    world = ToldWorld()
    other = ToldWorld(world.settings, world.messages)
    world.messages.states = states("hook")

    def meanwhile() -> None:
        other.turn(news(workspace()))

    world.messages.meanwhile = meanwhile
    assert () == world.turn(news(workspace())).sent
    assert ([], ["ready a"]) == (world.got(), other.got())


def test_who_is_killed_before_the_send_leaves_it_to_the_next() -> None:
    """Once the claim has run out, and under the same id."""
    world = ToldWorld()
    world.channels["hook"].while_sending = _die
    with pytest.raises(_KilledError):
        world.turn(news(workspace()))
    world.channels["hook"].while_sending = lambda: None
    world.now += CLAIMED_FOR - MINUTE
    assert () == world.turn(news(workspace())).sent
    world.now += MINUTE
    world.turn(news(workspace()))
    assert [("ready a", 2, True)] == [
        (f"{one.message.kind} {one.message.name}", one.tries, one.doubtful) for one in world.taken()
    ]


def test_who_is_killed_after_the_send_does_not_send_again() -> None:
    """The machine's journal remembers it, until the ledger does."""
    world = ToldWorld()

    class Full(FakeMessages):
        """Cannot be written any more once the claim is in it."""

        def write(self, *given: object, **more: object) -> frozenset[str]:
            """Dies at the second write."""
            if self.writes:
                raise _KilledError
            return super().write(*given, **more)  # type: ignore[arg-type]

    full = Full()
    full.states = world.messages.states
    world.messages = full
    with pytest.raises(_KilledError):
        world.turn(news(workspace()))
    assert 1 == len(world.journal)
    after = ToldWorld(world.settings, FakeMessages(), world.journal, now=NOW + CLAIMED_FOR)
    after.messages.books, after.messages.states = full.books, full.states
    result = after.turn(news(workspace()))
    assert ([], ["ready a"]) == (after.got(), world.got())
    assert [True] == [each.receipt.ok for each in result.sent]
    assert (set(), DeliveryState.SENT) == (
        set(after.journal),
        after.messages.books["a"].messages[0].deliveries[0].state,
    )


def test_a_channel_that_fails_is_tried_again_later_and_less_and_less() -> None:
    """It is shown as failing, and what waits goes out once it works."""
    world = ToldWorld()
    world.channels["hook"].answers = [Receipt(False, "it answers 500")] * 4
    world.turn(news(workspace()))
    state = world.messages.states.channels["hook"]
    assert (NOW, "it answers 500", 1, NOW + MINUTE, 1) == (
        state.failing,
        state.why,
        state.tries,
        state.next_at,
        state.waiting,
    )
    asked = []
    for _ in range(40):
        world.now += MINUTE
        world.turn(news(workspace()))
        asked.append(world.channels["hook"].asked)
    assert ["ready a"] == world.got()
    # After 1, 2, 4 and 8 minutes.
    assert [2, 3, 4, 5] == [asked[at] for at in (0, 2, 6, 14)] == sorted(set(asked))
    assert ChannelState(state.since) == world.messages.states.channels["hook"]


def test_a_channel_that_fails_is_in_no_others_way() -> None:
    """Each has its own fate."""
    world = ToldWorld(settings(channel("bad"), channel("good")))
    world.channels["bad"].answers = [Receipt(False, "no")] * 9
    world.turn(news(workspace(), workspace("b")))
    assert ([], ["ready a", "ready b"]) == (world.got("bad"), world.got("good"))


def test_a_channel_that_takes_nothing_is_left_alone_within_a_turn() -> None:
    """After three failures; the rest is given back as if it had not been claimed."""
    world = ToldWorld()
    world.channels["hook"].answers = [Receipt(False, "no")] * 99
    result = world.turn(news(*(workspace(f"w{number}") for number in range(9))))
    assert (3, 6) == (world.channels["hook"].asked, result.given_back)
    tries = [book.messages[0].deliveries[0].tries for _, book in sorted(world.messages.books.items())]
    assert [1, 1, 1, 0, 0, 0, 0, 0, 0] == tries


def test_a_channel_that_hangs_is_asked_once_in_a_turn() -> None:
    """The next message would take as long, and whoever runs a pass waits for the turn."""
    world = ToldWorld()
    world.channels["hook"].answers = [Receipt(False, "it did not answer")] * 99

    def hangs() -> None:
        world.seconds += 10

    world.channels["hook"].while_sending = hangs
    result = world.turn(news(*(workspace(f"w{number}") for number in range(9))))
    assert (1, 8) == (world.channels["hook"].asked, result.given_back)


def test_what_failed_in_a_turn_makes_the_next_ask_with_one() -> None:
    """And once that one is taken, the rest follows."""
    world = ToldWorld()
    world.channels["hook"].answers = [Receipt(False, "no")] * 4
    seen = news(*(workspace(f"w{number}") for number in range(5)))
    world.turn(seen)
    for minutes in (5, 30, 60):
        world.now = NOW + minutes * MINUTE
        world.turn(seen)
    assert 5 == len(world.got())


def test_a_message_that_is_never_taken_is_dropped_alone() -> None:
    """Its channel is well, and counts it."""
    world = ToldWorld()
    world.channels["hook"].answers = [Receipt(False, "it takes no such message (422)", for_good=True)]
    world.turn(news(workspace(), workspace("b")))
    way = world.messages.books["a"].messages[0].deliveries[0]
    assert (["ready b"], DeliveryState.DROPPED, "it takes no such message (422)") == (world.got(), way.state, way.why)
    state = world.messages.states.channels["hook"]
    assert (1, None) == (state.dropped, state.failing)


def test_where_nobody_is_to_be_told_nothing_is_wrong() -> None:
    """No pull request asked for it."""
    world = ToldWorld()
    world.channels["hook"].answers = [Receipt(False, "nothing asked for it", moot=True)]
    world.turn(news(workspace()))
    assert DeliveryState.DROPPED is world.messages.books["a"].messages[0].deliveries[0].state
    assert ChannelState(world.messages.states.channels["hook"].since) == world.messages.states.channels["hook"]


def test_a_channel_is_left_alone_for_as_long_as_it_wants() -> None:
    """It says when it may be asked again."""
    world = ToldWorld()
    world.channels["hook"].answers = [Receipt(False, "it answers 429", retry_at=NOW + HOUR)]
    world.turn(news(workspace()))
    world.now = NOW + HOUR / 2
    world.turn(news(workspace()))
    assert 1 == world.channels["hook"].asked
    world.now = NOW + HOUR
    world.turn(news(workspace()))
    assert ["ready a"] == world.got()


def test_what_a_channel_that_works_never_takes_is_dropped() -> None:
    """Others of it go first long before."""
    world = ToldWorld()
    world.channels["hook"].refuses = "a"
    for turn in range(20):
        world.now = NOW + turn * HOUR
        world.turn(news(workspace(), *(workspace(f"w{number}") for number in range(turn))))
    way = world.messages.books["a"].messages[0].deliveries[0]
    assert (DeliveryState.DROPPED, MOST_TRIES, "no") == (way.state, way.tries, way.why)


def test_a_channel_that_is_away_for_half_a_day_loses_nothing() -> None:
    """However often its one message was tried meanwhile."""
    world = ToldWorld()
    world.channels["hook"].answers = [Receipt(False, "no")] * 999
    for turn in range(12 * 4):
        world.now = NOW + turn * HOUR / 4
        world.turn(news(workspace()))
    world.channels["hook"].answers = []
    world.now = NOW + 14 * HOUR
    world.turn(news(workspace()))
    assert ["ready a"] == world.got()


def test_a_turn_ends_in_its_time() -> None:
    """What it had no time for is given back."""
    world = ToldWorld()

    def slow() -> None:
        world.seconds += 25

    world.channels["hook"].while_sending = slow
    result = world.turn(news(*(workspace(f"w{number}") for number in range(5))))
    assert (3, 2, {"hook": 2}) == (len(world.got()), result.given_back, result.waiting)


def test_who_gave_a_hundred_away_is_asked_of_history_for_half_of_the_time() -> None:
    """All are told of, the later ones without by whom."""
    world, asked = ToldWorld(), list[str]()
    world.turn(news(*(workspace(name) for name in "abc")))

    def slowly(name: str, owner: str) -> str:
        asked.append(name)
        world.seconds += 20
        return "Ada <ada@example.com>"

    world.given_by, world.now = slowly, NOW + HOUR
    world.turn(news(*(workspace(name, owner="bob@example.com") for name in "abc")))
    assert (["a", "b"], ["given a", "given b", "given c"]) == (asked, world.got()[3:])


def test_a_claim_that_runs_out_sends_nothing_more() -> None:
    """The machine slept in the middle of a turn; by now the claim may be another one's."""
    world = ToldWorld()

    def slept() -> None:
        world.now += CLAIMED_FOR

    world.channels["hook"].while_sending = slept
    world.turn(news(workspace(), workspace("b")))
    assert ["ready a"] == world.got()


def test_a_turn_claims_no_more_than_it_may_send() -> None:
    """So that others can help."""
    world = ToldWorld()
    seen = news(*(workspace(f"w{number:03}") for number in range(MOST_AT_ONCE + 3)))
    assert MOST_AT_ONCE == len(world.turn(seen).sent)
    assert 3 == len(world.turn(seen).sent)


def test_what_others_write_meanwhile_stays() -> None:
    """A new message in the same book, between the claim and the note that it was sent."""
    world = ToldWorld()

    def another() -> None:
        book = world.messages.books["a"]
        held = replace(book.messages[0], kind=MessageKind.HELD, of="x", deliveries=())
        world.messages.books["a"] = book.with_message(held)

    world.channels["hook"].while_sending = lambda: setattr(world.messages, "meanwhile", another)
    world.turn(news(workspace()))
    book = world.messages.books["a"]
    assert [("ready", [DeliveryState.SENT]), ("held", [])] == [
        (each.kind.value, [way.state for way in each.deliveries]) for each in book.messages
    ]


def test_what_others_take_away_meanwhile_is_not_written_again() -> None:
    """A book, a message, or a claim that is not ours any more."""
    world = ToldWorld(settings(channel("one")))
    seen = news(workspace("a"), workspace("b"), workspace("c"))

    def others() -> None:
        books = world.messages.books
        books.pop("a", None)
        books["b"] = MessageBook("b")
        if books["c"].messages[0].deliveries[0].run == "r-1":
            message = books["c"].messages[0]
            books["c"] = books["c"].with_message(message.with_delivery(replace(message.deliveries[0], run="r-2")))

    world.channels["one"].while_sending = others
    world.turn(seen)
    assert ({"b": MessageBook("b")}, "r-2") == (
        {id: book for id, book in world.messages.books.items() if id != "c"},
        world.messages.books["c"].messages[0].deliveries[0].run,
    )


def test_a_book_that_is_written_over_each_time_is_left_as_claimed() -> None:
    """The journal goes on saying that it was sent: who claims it next does not send it again."""
    world = ToldWorld()
    world.write_over("a")
    world.turn(news(workspace()))
    assert DeliveryState.CLAIMED is world.messages.books["a"].messages[0].deliveries[0].state
    world.messages.meanwhile, world.now = None, NOW + CLAIMED_FOR
    world.turn(news(workspace()))
    assert (["ready a"], set()) == (world.got(), set(world.journal))


def test_what_is_of_a_channel_that_is_gone_waits_for_nobody() -> None:
    """Its settings went, and so does what waits for it."""
    world = ToldWorld(settings(channel("one"), channel("two")))
    world.channels["two"].answers = [Receipt(False, "no")]
    world.turn(news(workspace()))
    after = ToldWorld(settings(channel("one")), world.messages, now=NOW + HOUR)
    after.messages.states = world.messages.states
    assert () == after.turn(news(workspace())).sent
    ways = after.messages.books["a"].messages[0].deliveries
    assert [("one", "sent", ""), ("two", "dropped", "helium.yaml has no such channel any more")] == [
        (each.channel, each.state.value, each.why) for each in ways
    ]


def test_who_lacks_a_secret_leaves_the_message_to_who_has_it() -> None:
    """One step of a job has it and another has not: the channel is no worse for that."""
    world = ToldWorld(unusable={"hook": "HELIUM_NOTIFY_HOOK is not set here"})
    assert {"hook": 1} == world.turn(news(workspace())).waiting
    assert (0, None) == (world.channels["hook"].asked, world.messages.states.channels["hook"].failing)
    world.unusable = {}
    world.turn(news(workspace()))
    assert ["ready a"] == world.got()


def test_each_reader_of_a_mail_has_a_fate_of_their_own() -> None:
    """One address is refused, the other one is told once."""
    mail = channel("mail", ChannelKind.MAIL, to=("owner", "ops@example.com"))
    world = ToldWorld(settings(mail))
    world.channels["mail"].answers = [Receipt(False, "refused (550)", for_good=True)]
    world.turn(news(workspace(word=StatusWord.FAILED)))
    assert ["ops@example.com"] == [each.to for each in world.taken("mail")]
    assert 2 == len({each.id for each in [*world.taken("mail")]} | {"other"})


class _KilledError(Exception):
    """As by SIGKILL."""


def _die() -> None:
    raise _KilledError
