from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from helium.core.fleet import RoutineAmounts
from helium.core.shares import RoutineShare, before, still_counted, used_by

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SHARE = RoutineShare("a1", "Ada@example.com", 7, "f" * 40, NOW, RoutineAmounts(adds=1, removes=1))


def test_a_share_counts_for_a_day() -> None:
    """Not longer; and a clock that went back drops nothing."""
    old, young = replace(SHARE, at=NOW - timedelta(hours=24)), replace(SHARE, at=NOW - timedelta(hours=23))
    ahead = replace(SHARE, at=NOW + timedelta(hours=2))

    assert (young, ahead) == still_counted((old, young, ahead), now=NOW)


def test_shares_of_a_person_add_up() -> None:
    """Whatever the case of the mail. Two judges of one pull request count once; the one judged does not."""
    twice = replace(SHARE, id="b2")
    other = replace(SHARE, id="c3", by="ada@example.com", pull_request=8, amounts=RoutineAmounts(edits=2))
    shares = (SHARE, twice, other, replace(SHARE, id="d4", pull_request=9))

    assert {"ada@example.com": RoutineAmounts(adds=1, edits=2, removes=1)} == used_by(shares, now=NOW, besides=9)
    assert {} == used_by(shares, now=NOW + timedelta(days=2), besides=9)


def test_only_what_was_written_before_counts() -> None:
    """Of two judges at once, the ledger has one first."""
    second = replace(SHARE, id="b2", pull_request=8)

    assert ((), (SHARE,)) == (before((SHARE, second), "a1"), before((SHARE, second), "b2"))
    assert (SHARE, second) == before((SHARE, second), "unknown")
