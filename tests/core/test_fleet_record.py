"""When a pass is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import FleetRecord, LastPass, Lease
from tests.builders import NOW

MINUTE = 60.0


@pytest.mark.parametrize(
    ("every", "minutes", "late"),
    [
        (0.0, 119, False),
        (0.0, 121, True),
        (MINUTE, 29, False),
        (MINUTE, 31, True),
        (360 * MINUTE, 374, False),
        (360 * MINUTE, 376, True),
    ],
)
def test_a_pass_is_late_by_the_beat_of_who_runs_it(every: float, minutes: int, late: bool) -> None:
    """CI may miss one hourly turn; a control plane notes an idle pass every quarter of an hour at most."""
    fleet_record = FleetRecord("acme", last_pass=LastPass(NOW, "c1", 1.0, every=every))

    assert late is fleet_record.late(NOW + timedelta(minutes=minutes))


def test_nobody_waits_for_a_pass_that_runs() -> None:
    """A long one holds the lease; before the first there is nothing to wait for."""
    old = FleetRecord("acme", last_pass=LastPass(NOW - timedelta(days=1), "c1", 1.0))
    held = Lease("r-1", 1, "here", 7, "boot", NOW + timedelta(minutes=1))

    assert [True, False, True, False] == [
        each.late(NOW)
        for each in (old, replace(old, lease=held), replace(old, lease=replace(held, until=NOW)), FleetRecord("acme"))
    ]
