"""What is going on now, as values and in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helium.core.fleet_record import Lease
from helium.core.live import Doing, Live, LiveStack, spoken

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = Lease("r-1", 3, "host", 7, "boot", NOW + timedelta(minutes=35))
AT_WORK = LiveStack("a", "create", NOW, Doing("gcp:storage/bucket:Bucket", "data", done=12), of=14, usual=70)


@pytest.mark.parametrize(
    ("stack", "seconds", "said"),
    [
        (AT_WORK, 40, "creating for 40s (usually 1m10s), 12 of 14 resources, now Bucket data"),
        (AT_WORK, 270, "creating for 4m30s (longer than the usual 1m10s), 12 of 14 resources, now Bucket data"),
        (LiveStack("a", "destroy", NOW), 7500, "destroying for 2h05m"),
        (LiveStack("a", "update", NOW, Doing(done=1)), 1, "updating for 1s, 1 resource"),
        (LiveStack("a", "update", NOW, Doing(done=3), of=2), 1, "updating for 1s, 3 resources"),
        (LiveStack("a", "update", NOW, of=2), -5, "updating for 0s, 0 of 2 resources"),
    ],
)
def test_a_name_at_work_is_told_in_one_line(stack: LiveStack, seconds: int, said: str) -> None:
    """What is not known is left out, and a time that is longer than usual says so."""
    assert said == stack.sentence(NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("lease", "later", "shown"),
    [
        (LEASE, 34, True),
        (LEASE, 35, False),
        (None, 0, False),
        (Lease("r-1", 4, "host", 7, "boot", LEASE.until), 0, False),
        (Lease("r-2", 3, "host", 7, "boot", LEASE.until), 0, False),
    ],
)
def test_what_is_older_than_its_lease_is_not_shown(lease: Lease | None, later: int, *, shown: bool) -> None:
    """A pass that was killed, superseded or ended leaves words behind, and nobody sees them."""
    live = Live("r-1", 3, NOW, LEASE.until, (AT_WORK,))
    assert ((AT_WORK,) if shown else ()) == live.shown(lease, NOW + timedelta(minutes=later))


def test_what_several_machines_are_at_is_told_together() -> None:
    """Of the newest lease that any of them is at, in the order in which it was begun."""
    later = LEASE.until + timedelta(minutes=5)
    other = LiveStack("b", "update", NOW - timedelta(minutes=1))
    old = Live("r-0", 2, NOW, later + timedelta(minutes=5), (LiveStack("old", "update", NOW),))
    one = Live("r-1", 3, NOW, LEASE.until, (AT_WORK,))
    two = Live("r-1", 3, NOW - timedelta(minutes=1), later, (other,))
    assert Live("r-1", 3, NOW, later, (other, AT_WORK)) == Live.together([old, one, two])
    assert Live.together([]) is None


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0s"), (59.6, "1m00s"), (3599, "59m59s"), (3600, "1h00m")])
def test_a_length_of_time_is_short(seconds: float, said: str) -> None:
    """Two units at most."""
    assert said == spoken(seconds)
