"""What is new between two looks at workspaces, and what is known of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from helium.core.fleet_view import AskedChange, WrittenRequest
from helium.core.live import Doing, LiveStack
from helium.core.status import StatusWord
from helium.core.summary import Summary
from helium.core.watched import WatchedName, looked, news
from tests.builders import NOW


def seen(name: str, word: StatusWord, reason: str = "", live: LiveStack | None = None) -> WatchedName:
    """One name at one look."""
    row = Summary(name, word, reason, "ada@example.com", "light", None, None, False, False, "", ())
    return WatchedName(name, row, live)


AT_WORK = LiveStack("a", "create", NOW, Doing("x:y:Bucket", "data", 3), of=5)


def test_only_what_changed_is_news() -> None:
    """By its status, its reason, and what a pass is at; not by the time that went by."""
    before = {"a": seen("a", StatusWord.CREATING, live=AT_WORK), "b": seen("b", StatusWord.READY)}
    same = {"a": seen("a", StatusWord.CREATING, live=AT_WORK), "b": seen("b", StatusWord.READY)}
    later = {**same, "a": seen("a", StatusWord.CREATING, live=replace(AT_WORK, doing=Doing("", "", 4)))}

    assert () == news(before, looked(before, same))
    assert ["a"] == [each.name for each in news(before, looked(before, later))]
    assert ["c"] == [each.name for each in news(before, looked(before, {**same, "c": seen("c", StatusWord.READY)}))]


def test_what_is_gone_is_said_once() -> None:
    """And again only after it came back."""
    first = {"a": seen("a", StatusWord.DELETING, "its file was removed")}
    gone = looked(first, {})
    back = looked(gone, first)

    assert [("a", "gone")] == [(each.name, each.word) for each in news(first, gone)]
    assert () == news(gone, looked(gone, {}))
    assert ["a"] == [each.name for each in news(gone, back)]
    assert "gone" == gone["a"].sentence(NOW)


@pytest.mark.parametrize(
    ("each", "over", "failed"),
    [
        (WatchedName("a", None), True, False),
        (seen("a", StatusWord.READY), True, False),
        (seen("a", StatusWord.FAILED), True, True),
        (seen("a", StatusWord.FAILED, live=AT_WORK), False, False),
        (seen("a", StatusWord.CREATING), False, False),
    ],
)
def test_a_name_is_over_once_nothing_more_happens_by_itself(each: WatchedName, over: bool, failed: bool) -> None:
    """While a pass is at work on it, it is not."""
    assert (over, failed) == (each.is_over, each.failed)


def test_a_name_says_what_is_done_or_why_nothing_is() -> None:
    """The sentence of the pass goes before that of the row."""
    assert "ready" == seen("a", StatusWord.READY).sentence(NOW)
    assert "failed: no room" == seen("a", StatusWord.FAILED, "no room").sentence(NOW)
    assert "creating for 0s, 3 of 5 resources, now Bucket data" == seen(
        "a", StatusWord.CREATING, live=AT_WORK
    ).sentence(NOW)


@pytest.mark.parametrize(
    ("state", "matters"), [("requested", True), ("merging", True), ("refused", True), ("merged", False)]
)
def test_what_is_over_in_a_pull_request_is_not_shown_to_people(state: str, matters: bool) -> None:
    """Unless it was refused, which its requester should read."""
    at: datetime = NOW
    assert matters is AskedChange("1", "create", "Ada <ada@example.com>", at, state, "", "").matters


def test_a_request_says_where_it_is() -> None:
    """In a commit, or in a pull request."""
    assert "commit 0123456789" == WrittenRequest("a", "0123456789abcdef").words
    assert "pull request https://x/1" == WrittenRequest("a", "0123", "https://x/1").words
