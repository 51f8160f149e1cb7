"""When the control plane passes, expires and waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helium.reconcile.schedule import LONGEST, ScheduleState, Step, after_failure, after_success, next_step
from tests.builders import NOW

MINUTE = timedelta(minutes=1)


def due(state: ScheduleState, *, head: str = "a", later: timedelta = timedelta(0)) -> Step:
    """What comes next."""
    return next_step(state, head=head, now=NOW + later, interval=MINUTE)


def test_it_begins_with_an_expiry() -> None:
    """Nothing is known of what happened before, so deadlines may have passed."""
    assert Step.EXPIRE is due(ScheduleState())


def test_a_head_that_was_passed_is_left_alone_until_the_interval_ends() -> None:
    """A pass costs a listing of the whole state."""
    state = after_success(ScheduleState(), Step.EXPIRE, head="a", now=NOW)

    assert Step.WAIT is due(state, later=timedelta(seconds=59))
    assert Step.EXPIRE is due(state, later=MINUTE)


def test_a_head_that_moved_is_passed_at_once() -> None:
    """And moves the interval no further."""
    state = after_success(ScheduleState(), Step.EXPIRE, head="a", now=NOW)

    assert Step.PASS is due(state, head="b", later=timedelta(seconds=2))
    state = after_success(state, Step.PASS, head="b", now=NOW + timedelta(seconds=2))
    assert Step.WAIT is due(state, head="b", later=timedelta(seconds=59))
    assert Step.EXPIRE is due(state, head="b", later=MINUTE)


def test_a_failure_is_waited_for_and_a_success_forgets_it() -> None:
    """What is due stays due; the wait ends, and after a success the next failure begins small again."""
    state = after_failure(after_success(ScheduleState(), Step.EXPIRE, head="a", now=NOW), now=NOW, chance=0.0)

    assert Step.WAIT is due(state, head="b", later=timedelta(seconds=1))
    assert Step.PASS is due(state, head="b", later=timedelta(seconds=2))
    assert 0 == after_success(state, Step.PASS, head="b", now=NOW).failures


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_waits_grow_to_a_bound_and_keep_no_beat(chance: float) -> None:
    """Each is at least as long as the one before, none is longer than five minutes, and chance moves it."""
    state, waits = ScheduleState(), []
    for _ in range(40):
        state = after_failure(state, now=NOW, chance=chance)
        assert state.wait_until is not None
        waits.append(state.wait_until - NOW)

    assert sorted(waits) == waits
    assert timedelta(seconds=2) <= waits[0] <= timedelta(seconds=4)
    assert LONGEST * (0.5 + chance / 2) == waits[-1]
