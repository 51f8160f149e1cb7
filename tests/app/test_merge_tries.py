"""How often a pull request of Helium's own is tried again while its host does not let it be merged."""

from __future__ import annotations

from dataclasses import replace

from helium.app.change_requests import MergeTries
from helium.core.change_request import SharedPullRequest
from tests.builders import NOW

WAITS = SharedPullRequest(id="p", branch="b", base="m", head="h", requests=(), opened_at=NOW, head_at=NOW, number=1)


def test_what_waits_is_tried_less_and_less_often() -> None:
    """Each try is two pushes of the ledger: a check that is red for days must not cost thousands."""
    now = 0.0
    tries, tried = MergeTries(now=lambda: now), list[float]()
    while now < 24 * 3600:
        if tries.is_due(WAITS, main="m"):
            tries.tried(WAITS, main="m")
            tried.append(now)
        now += 5

    assert [0, 5, 15, 35] == tried[:4]
    assert 900 == tried[-1] - tried[-2]
    assert 90 < len(tried) < 110


def test_another_head_or_another_main_is_tried_at_once() -> None:
    """Whatever was in its way may be gone."""
    tries = MergeTries(now=lambda: 0.0)
    tries.tried(WAITS, main="m")

    assert [False, True, True] == [
        tries.is_due(WAITS, main="m"),
        tries.is_due(WAITS, main="newer"),
        tries.is_due(replace(WAITS, head="another"), main="m"),
    ]
