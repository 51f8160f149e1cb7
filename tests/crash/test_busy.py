"""A busy fleet for a moment. `make crash` keeps one busy for as long as it runs."""

from __future__ import annotations

import random

import pytest

from tests.crash.busy import KILLS, PASSES, BusyTime, CrowdedFleet
from tests.crash.scenario import Scenario


def test_a_busy_time_is_drawn_by_a_seed() -> None:
    """The same seed gives the same events, another one others; somebody asks first, and somebody is killed."""
    one, same, other = (BusyTime.drawn(random.Random(seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert one.events[0].operation
    assert any(event.actor for event in one.events)
    assert str(one).startswith("busy: ")


@pytest.mark.slow
def test_two_passes_and_kills_while_people_push_lose_nothing(scenario: Scenario) -> None:
    """Whoever is killed, the next passes settle, lose and leak nothing, and tell of each end once."""
    busy = CrowdedFleet(scenario)
    result = busy.tried(BusyTime.drawn(random.Random(5)))

    assert [[], [], [], []] == [result[key] for key in ("unsettled", "lost", "wrong", "leaked")], result
    assert (2 <= busy.begun <= PASSES + KILLS[1], result["hit"]) == (True, True)
