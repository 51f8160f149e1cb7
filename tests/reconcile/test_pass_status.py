"""What a commit of main shows of the pass that planned it: the gravest thing first, in one line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helium.core.heartbeat import Heartbeat
from helium.core.plan import Code, Outcome, Refusal
from helium.core.pull_request import StatusState
from helium.errors import Issue
from helium.reconcile.pass_status import LONGEST, PassEnd, of_heartbeat, of_pass
from tests.builders import NOW

URL = "https://ci.example.com/run/7"
READY = Outcome("a", "create", "new-file", ok=True, sentence="ready")
BAD = Outcome("b", "update", "spec-changed", ok=False, sentence="no quota")
GONE = Outcome("c", "destroy", "expired", ok=True, sentence="destroyed")
HELD = Refusal(Code.TOO_MANY, ("d", "e"), "more than may go")
PAUSED = Refusal(Code.PAUSED, ("a",), "the fleet is paused")
WHOLE = Refusal(Code.HISTORY, (), "main was rewritten")
BROKEN = Issue("workspaces/x.yaml", 1, 1, "", "no")


@pytest.mark.parametrize(
    ("end", "state", "words"),
    [
        (PassEnd((), (), (), {}), StatusState.SUCCESS, "nothing to do"),
        (PassEnd((), (), (), {"keep": 3}), StatusState.SUCCESS, "3 left as they are"),
        (
            PassEnd((READY, GONE), (), (), {"keep": 1}),
            StatusState.SUCCESS,
            "1 created, 1 destroyed; 1 left as they are",
        ),
        (PassEnd((READY, BAD), (), (), {}), StatusState.FAILURE, "1 created, 1 failed: b"),
        (PassEnd((READY,), (HELD,), (), {}), StatusState.FAILURE, "2 held: d, e; 1 created"),
        (PassEnd((), (WHOLE, PAUSED), (), {}), StatusState.FAILURE, "held: history"),
        (PassEnd((), (PAUSED,), (), {"keep": 2}), StatusState.PENDING, "paused; 2 left as they are"),
        (PassEnd((), (PAUSED,), (BROKEN,), {}), StatusState.FAILURE, "errors in workspaces/x.yaml"),
        (PassEnd((), (), (BROKEN, BROKEN), {}), StatusState.FAILURE, "errors in workspaces/x.yaml"),
        (PassEnd((), (), (), {"keep": 1}, 4), StatusState.PENDING, "at work on 4 machines; 1 left as they are"),
        (
            PassEnd((), (), (), {"keep": 3}, failed_before=("y", "x")),
            StatusState.FAILURE,
            "2 failed before: x, y; 3 left as they are",
        ),
        (
            PassEnd((READY,), (), (), {}, stuck=True),
            StatusState.FAILURE,
            "somebody must look (helium plan says why); 1 created",
        ),
        (PassEnd((), (), (), {}, 1), StatusState.PENDING, "at work on 1 machine"),
    ],
)
def test_the_gravest_thing_is_said_first(end: PassEnd, state: StatusState, words: str) -> None:
    """Red is what a person has to do something about; a pause, and a pass that goes on elsewhere, are neither."""
    status = of_pass(end, url=URL)

    assert ("helium", state, words, URL) == (status.context, status.state, status.description, status.url)


def test_a_long_line_is_cut() -> None:
    """GitHub refuses a longer one."""
    many = tuple(Outcome(f"workspace-{number}", "create", "x", ok=False, sentence="") for number in range(99))
    said = of_pass(PassEnd(many, (), (), {}), url="").description

    assert (LONGEST, True) == (len(said), said.endswith("…"))


def test_a_late_pass_is_red() -> None:
    """With when it was expected."""
    beat = Heartbeat(NOW - timedelta(days=2), NOW - timedelta(days=2), NOW - timedelta(days=1), NOW, running=False)
    status = of_heartbeat(beat, now=NOW + timedelta(hours=1), url="")

    assert StatusState.FAILURE is status.state
    assert "No pass has come since." in status.description
