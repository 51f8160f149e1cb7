"""When a pass was last well, when the next one is expected, and since when it is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import FleetRecord, LastPass, Lease
from helium.core.good_pass import was_good
from helium.core.heartbeat import heartbeat
from helium.core.plan import Code, Plan, Refusal
from tests.builders import NOW

MINUTE = 60.0


@pytest.mark.parametrize(
    ("every", "minutes", "late"),
    [
        (0.0, 119, False),
        (0.0, 121, True),
        (MINUTE, 29, False),
        (MINUTE, 31, True),
        (360 * MINUTE, 719, False),
        (360 * MINUTE, 721, True),
    ],
)
def test_a_pass_is_late_after_twice_its_interval(every: float, minutes: int, late: bool) -> None:
    """CI may miss one hourly turn; a control plane notes an idle pass every quarter of an hour at most."""
    beat = heartbeat(FleetRecord("acme", last_pass=LastPass(NOW, "c1", 1.0, every=every)), now=NOW)

    assert beat is not None
    assert late is beat.is_late(NOW + timedelta(minutes=minutes))


def test_nobody_waits_for_a_pass_that_runs() -> None:
    """A long one holds the lease; before the first there is nothing to wait for."""
    old = FleetRecord("acme", last_pass=LastPass(NOW - timedelta(days=1), "c1", 1.0))
    held = Lease("r-1", 1, "here", 7, "boot", NOW + timedelta(minutes=1))
    beats = [heartbeat(each, now=NOW) for each in (old, replace(old, lease=held), FleetRecord("acme"), None)]

    assert [True, False, None, None] == [beat and beat.is_late(NOW) for beat in beats]
    assert beats[1] is not None
    assert "The last good pass was 1d 0h ago, and one is at work." == beats[1].sentence(NOW)


def test_a_pass_that_was_held_as_a_whole_is_no_heartbeat() -> None:
    """Passes run every hour, and none does anything: that is as late as if none came, and says what it is."""
    last = LastPass(NOW, "c1", 1.0, every=60 * MINUTE, good=NOW - timedelta(hours=5))
    held = heartbeat(FleetRecord("acme", last_pass=last), now=NOW)
    away = heartbeat(FleetRecord("acme", last_pass=replace(last, good=NOW)), now=NOW)

    assert held is not None
    assert away is not None
    said = "The last good pass was 5h 0m ago; the next one was expected by 2026-11-24T08:00:00Z."
    assert f"{said} Passes run since, and a safeguard holds all that they would do." == held.sentence(NOW)
    later = NOW + timedelta(hours=3)
    assert "No pass has come since." in away.sentence(later)
    on_time = "The last good pass was 0s ago; the next one is expected by 2026-11-24T13:00:00Z."
    assert on_time == away.sentence(NOW)


@pytest.mark.parametrize(("code", "good"), [(Code.HISTORY, False), (Code.PAUSED, True), (Code.TOO_MANY, True)])
def test_which_pass_was_good(code: Code, good: bool) -> None:
    """Whatever holds all of it and was asked for by nobody makes it none."""
    assert good is was_good(Plan("c1", NOW, refusals=(Refusal(code, ("a",), "No."),)))
