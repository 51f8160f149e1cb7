from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.attention import Attention, attention, needs
from helium.core.status import StatusWord
from helium.core.summary import Summary
from tests.builders import NOW

READY = Summary("a", StatusWord.READY, "", "ada@example.com", "b", NOW + timedelta(days=3), NOW, False, False, "", ())


def what(*, hours: float = 72, waits: bool = False, **changes: object) -> Attention | None:
    """What needs attention of a workspace with that time left."""
    return attention(replace(READY, deadline=NOW + timedelta(hours=hours), **changes), now=NOW, waits=waits)  # type: ignore[arg-type]


def test_the_most_urgent_thing_is_said() -> None:
    """A failure before a hold, a hold before a deadline, that before a pull request; else nothing."""
    urgent: dict[str, object] = {"status": StatusWord.FAILED, "held": "too many", "hours": 2, "waits": True}
    said = []
    for key in ("status", "held", "hours", "waits"):
        said.append(what(**urgent))  # type: ignore[arg-type]
        del urgent[key]

    assert [Attention.FAILED, Attention.HELD, Attention.ENDS_SOON, Attention.WAITS] == said
    assert what() is None


@pytest.mark.parametrize(("hours", "soon"), [(24.1, False), (24, True), (0.1, True), (0, False), (-3, False)])
def test_the_last_day_is_soon(hours: float, *, soon: bool) -> None:
    """What has passed is over: a pass destroys it, or says why it does not."""
    assert (what(hours=hours) is Attention.ENDS_SOON) is soon


def test_what_does_not_end_does_not_end_soon() -> None:
    """A protected one; one that is being deleted already; one whose deadline nobody knows."""
    assert what(hours=2, protected=True) is None
    assert what(hours=2, status=StatusWord.DELETING) is None
    assert attention(replace(READY, deadline=None), now=NOW) is None


@pytest.mark.parametrize("each", Attention)
def test_who_looks_after_it(each: Attention) -> None:
    """Its owner after all of it; an admin after all but other people's deadlines; nobody else after anything."""
    assert needs(each, own=True, admin=False)
    assert not needs(each, own=False, admin=False)
    assert needs(each, own=False, admin=True) is (each is not Attention.ENDS_SOON)
    assert not needs(None, own=True, admin=True)
