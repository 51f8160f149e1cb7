from __future__ import annotations

from dataclasses import replace

from helium.core.message import (
    ChannelState,
    ChannelStates,
    Delivery,
    DeliveryState,
    Message,
    MessageBook,
    MessageKind,
    delivery_id,
)
from helium.core.notify_settings import ChannelKind, ChannelSettings, NotifySettings
from tests.builders import ADDED_AT, NOW

MESSAGE = Message(
    MessageKind.ENDS_SOON, "a", "2026-11-30T00:00:00Z 1d", NOW, NOW, NOW, ADDED_AT, deliveries=(Delivery("hook"),)
)


def test_a_delivery_has_an_id_of_its_own() -> None:
    """Another fleet, name, incarnation, deadline, channel or reader is another delivery; another try is not."""
    way = MESSAGE.deliveries[0]
    others = [
        ("f-2", MESSAGE, way),
        ("f-1", replace(MESSAGE, name="b"), way),
        ("f-1", replace(MESSAGE, added_at=NOW), way),
        ("f-1", replace(MESSAGE, added_at=None), way),
        ("f-1", replace(MESSAGE, of="2026-12-07T00:00:00Z 1d"), way),
        ("f-1", replace(MESSAGE, kind=MessageKind.HELD), way),
        ("f-1", MESSAGE, Delivery("other")),
        ("f-1", MESSAGE, Delivery("hook", "ada@example.com")),
    ]
    ids = {delivery_id(fleet, message, delivery=one) for fleet, message, one in others}
    mine = delivery_id("f-1", MESSAGE, delivery=way)
    assert (8, False, 32) == (len(ids), mine in ids, len(mine))
    assert mine == delivery_id("f-1", replace(MESSAGE, noted=ADDED_AT), delivery=replace(way, tries=3, run="r"))


def test_a_delivery_is_due_while_it_is_open_and_nobody_holds_it() -> None:
    """A claim that has run out is nobody's."""
    waiting = Delivery("hook")
    claimed = Delivery("hook", state=DeliveryState.CLAIMED, until=NOW)
    assert [True, True, False, False] == [
        waiting.is_due(NOW),
        claimed.is_due(NOW),
        claimed.is_due(ADDED_AT),
        Delivery("hook", state=DeliveryState.SENT).is_due(NOW),
    ]


def test_a_book_has_each_message_once() -> None:
    """One with its key takes the place of the one that was there."""
    sent = MESSAGE.with_delivery(replace(MESSAGE.deliveries[0], state=DeliveryState.SENT))
    book = MessageBook("a", added_at=ADDED_AT).with_message(MESSAGE).with_message(sent)
    assert ((sent,), [sent], []) == (
        book.messages,
        book.of_kinds(MessageKind.ENDS_SOON),
        replace(book, added_at=NOW).of_kinds(MessageKind.ENDS_SOON),
    )
    assert (True, False) == (MESSAGE.open, sent.open)


def test_a_channel_that_fails_is_said_in_a_sentence() -> None:
    """One that works is not."""
    states = ChannelStates(
        {"a": ChannelState(NOW), "b": ChannelState(NOW, failing=NOW, why="it answers 500", waiting=3)}
    )
    assert ["b takes no messages since 2026-11-24 12:00 UTC: it answers 500 (3 wait)"] == list(states.failing())


def test_settings_know_pages_and_readers() -> None:
    """Without an address there are no pages."""
    hook = ChannelSettings("hook", ChannelKind.WEBHOOK)
    assert (Delivery("hook"),) == hook.deliveries(owner="ada@example.com")
    assert ("https://h/workspace/a", "") == (NotifySettings("https://h").page_of("a"), NotifySettings().page_of("a"))
