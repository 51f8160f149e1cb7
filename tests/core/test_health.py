from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helium.core import transitions
from helium.core.health import LONGEST_LINE, WorkspaceHealth, line
from helium.core.record import Phase
from helium.core.status import StatusWord, status
from tests.builders import DEADLINE, NOW, record, spec

MINUTE = timedelta(minutes=1)
WELL = WorkspaceHealth(NOW, {"Running": 2}, ready=2, wanted=2)
LACKS = WorkspaceHealth(NOW, {"Running": 1, "Pending": 1}, 1, 2, ("web-1: Unschedulable: no node",))
AWAY = WorkspaceHealth(NOW, trouble="the cluster ci does not answer")


@pytest.mark.parametrize(
    ("health", "problem", "summary"),
    [
        pytest.param(WELL, "", "2 pods: 2 Running; 2 of 2 ready", id="well"),
        pytest.param(
            LACKS,
            "1 of 2 pods not ready: web-1: Unschedulable: no node",
            "2 pods: 1 Pending, 1 Running; 1 of 2 ready",
            id="one lacks",
        ),
        pytest.param(
            WorkspaceHealth(NOW, {"Pending": 1}, 0, 1), "1 of 1 pod not ready", "1 pod: 1 Pending; 0 of 1 ready", id="?"
        ),
        pytest.param(WorkspaceHealth(NOW, {"Succeeded": 1}), "", "1 pod: 1 Succeeded", id="done"),
        pytest.param(WorkspaceHealth(NOW), "", "no pods", id="none"),
        pytest.param(AWAY, "", "could not look: the cluster ci does not answer", id="nobody could look"),
    ],
)
def test_what_was_seen_in_a_line(health: WorkspaceHealth, problem: str, summary: str) -> None:
    """A look that failed is not "no pods", and says nothing against the workspace."""
    assert (problem, summary, not problem and not health.trouble) == (health.problem, health.summary, health.is_well)


@pytest.mark.parametrize(("looks", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (90, 60)])
def test_what_is_not_well_is_looked_at_again_and_ever_less(looks: int, minutes: int) -> None:
    """The wait doubles, up to an hour; a change begins again."""
    known = record(health=replace(LACKS, looks=looks - 1))
    again, acted = (transitions.looked_at(known, LACKS, acted=acted).health for acted in (False, True))

    assert again
    assert acted
    assert (looks, NOW + minutes * MINUTE) == (again.looks, again.next_at)
    assert (1, NOW + MINUTE) == (acted.looks, acted.next_at)


def test_what_is_well_is_not_looked_at_again() -> None:
    """When it was well last is kept from then on, also while it is not."""
    well = transitions.looked_at(record(), WELL, acted=True)
    later = transitions.looked_at(well, replace(AWAY, at=NOW + MINUTE), acted=False)

    assert well.health
    assert later.health
    assert (None, NOW, 0) == (well.health.next_at, well.health.well_at, well.health.looks)
    assert (NOW + 2 * MINUTE, NOW) == (later.health.next_at, later.health.well_at)
    assert None is transitions.looked_at(later, None, acted=False).health


def test_what_has_failed_was_never_well() -> None:
    """The pods of a failed change prove nothing: there may be none."""
    seen = transitions.looked_at(record(phase=Phase.FAILED), WELL, acted=True).health

    assert (None, None) == (seen and seen.well_at, seen and seen.next_at)


def test_what_is_gone_has_no_pods() -> None:
    """A look of before would show what is not there."""
    assert None is transitions.emptied(record(health=WELL), now=NOW).health


def test_a_line_is_short() -> None:
    """White space is folded, and what is left out is told by an ellipsis."""
    assert ("a b", LONGEST_LINE, "…") == (line("a\n  b"), len(line("x" * 999)), line("x" * 999)[-1])


@pytest.mark.parametrize(
    ("health", "updated", "expected"),
    [
        pytest.param(WELL, NOW, (StatusWord.READY, ""), id="well"),
        pytest.param(
            AWAY,
            NOW,
            (StatusWord.READY, "its pods could not be looked at: the cluster ci does not answer"),
            id="nobody knows",
        ),
        pytest.param(LACKS, NOW, (StatusWord.CREATING, "1 of 2 pods not ready: "), id="not yet"),
        pytest.param(replace(LACKS, well_at=NOW), NOW, (StatusWord.UPDATING, "1 of 2 pods not ready: "), id="was"),
        pytest.param(LACKS, NOW - 10 * MINUTE, (StatusWord.FAILED, "1 of 2 pods not ready: "), id="for long"),
    ],
)
def test_ready_is_what_was_seen_to_be(
    health: WorkspaceHealth, updated: datetime, expected: tuple[StatusWord, str]
) -> None:
    """The change ended well, and its pods are not ready: it is on its way for ten minutes, and then it has failed."""
    known = record(health=health, updated_at=updated)
    found = status(spec(), known, current=known, deadline=DEADLINE, now=NOW)

    assert expected == (found.word, found.reason[: len(expected[1])])
    assert (f"(seen {NOW:%Y-%m-%dT%H:%M:%SZ}; a pass looks again)" in found.reason) == bool(health.problem)


def test_a_hold_goes_before_what_could_not_be_seen() -> None:
    """What keeps the next pass from acting is what a person has to know first."""
    known = transitions.held_back(record(health=AWAY), "paused", now=NOW)

    assert "held: paused" == status(spec(), known, current=known, deadline=DEADLINE, now=NOW).reason
