"""How a wait for a workspace ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helium.core.status import StatusWord
from helium.core.waiting import Awaited, WaitEnd
from helium.core.watched import WatchedName
from helium.errors import ExitCode, Issue
from tests.core.test_watched import AT_WORK, seen


def held(name: str, word: StatusWord) -> WatchedName:
    """A name that a safeguard holds."""
    row = seen(name, word).row
    assert row is not None
    return WatchedName(name, replace(row, held="there is no place"))


def invalid(name: str) -> WatchedName:
    """A name whose file has errors."""
    row = seen(name, StatusWord.FAILED).row
    assert row is not None
    return WatchedName(name, replace(row, issues=(Issue("a.yaml", 1, 1, "", "is wrong"),)))


GONE = WatchedName("a", None)


@pytest.mark.parametrize(
    ("each", "end"),
    [
        (seen("a", StatusWord.REQUESTED), None),
        (seen("a", StatusWord.MERGING), None),
        (seen("a", StatusWord.CREATING), None),
        (seen("a", StatusWord.UPDATING), None),
        (seen("a", StatusWord.READY, live=AT_WORK), None),
        (seen("a", StatusWord.READY), WaitEnd.READY),
        (held("a", StatusWord.READY), WaitEnd.READY),
        (held("a", StatusWord.REQUESTED), WaitEnd.HELD),
        (seen("a", StatusWord.FAILED), WaitEnd.FAILED),
        (invalid("a"), WaitEnd.INVALID),
        (seen("a", StatusWord.DELETING), WaitEnd.OTHERWISE),
        (seen("a", StatusWord.EXPIRED), WaitEnd.OTHERWISE),
    ],
)
def test_whoever_waits_for_a_workspace_waits_until_it_rests(each: WatchedName, end: WaitEnd | None) -> None:
    """Ready, failed, held by a safeguard, or about to go; not while a pass is at work on it."""
    assert end is Awaited(goes=False).end(each)


def test_a_name_that_nobody_has_seen_yet_may_still_come() -> None:
    """Another process of a server may be a moment behind. One that was there has gone."""
    awaited = Awaited(goes=False)

    assert awaited.end(GONE) is None
    assert awaited.end(seen("a", StatusWord.CREATING, live=AT_WORK)) is None
    assert WaitEnd.OTHERWISE is awaited.end(GONE)


def test_whoever_waits_for_an_end_waits_until_it_is_gone() -> None:
    """What is still ready may be read by a process that is behind; once it was going, somebody put it back."""
    awaited = Awaited(goes=True)

    assert awaited.end(seen("a", StatusWord.READY)) is None
    assert awaited.end(seen("a", StatusWord.DELETING)) is None
    assert awaited.end(seen("a", StatusWord.DELETING, live=AT_WORK)) is None
    assert WaitEnd.OTHERWISE is awaited.end(seen("a", StatusWord.READY))
    assert WaitEnd.HELD is awaited.end(held("a", StatusWord.DELETING))
    assert WaitEnd.GONE is awaited.end(GONE)


def test_each_end_has_its_exit_code() -> None:
    """So that a script can tell them apart."""
    codes = {end: end.exit_code for end in WaitEnd}

    assert {WaitEnd.READY, WaitEnd.GONE} == {end for end, code in codes.items() if code is ExitCode.DONE}
    assert [5, 3, 4, 5, 13] == [
        codes[end] for end in (WaitEnd.FAILED, WaitEnd.INVALID, WaitEnd.HELD, WaitEnd.OTHERWISE, WaitEnd.LATE)
    ]
