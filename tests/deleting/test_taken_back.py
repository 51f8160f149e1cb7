"""A removal that was taken back to the letter did not happen; what somebody else put there in between is another's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from helium.core.removal_requests import RemovalRequest
from tests.reconcile.harness import SETTINGS, Stage, summary

FIRST = "owner: ada@example.com\nexpiry: 2026-12-20\n"
LONGER = "owner: ada@example.com\nexpiry: 2026-12-27\n"
LONGEST = "owner: ada@example.com\nexpiry: 2026-12-28\n"
ADA, BOB = "Ada <ada@example.com>", "Bob <bob@example.com>"
WAIT = timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Push:
    """One commit about the file of `a`; `None` removes it. `asked`: somebody asked Helium for that."""

    text: str | None
    author: str = ADA
    asked: bool = False
    earlier: timedelta = timedelta(0)


def by_ada(text: str) -> Push:
    """Ada's own file."""
    return Push(text)


DELETED = Push(None, asked=True)
HIS = Push("owner: bob@example.com\nexpiry: 2026-12-21\n", BOB)
HIS_WITH_AN_ERROR = Push("owner: bob@example.com\nexpiri: 2026-12-21\n", BOB)
HIS_BY_A_SLOW_CLOCK = Push(HIS.text, BOB, earlier=timedelta(days=9))
DELETED_BY_BOB = Push(None, BOB, asked=True)
PASS = "pass"
Step = Push | str


@pytest.fixture
def stage() -> Stage:
    """Ada's workspace and another one. What is removed waits, so that all can be taken back."""
    stage = Stage()
    stage.repo.land({"helium.yaml": SETTINGS + b"limits: {grace: 9h}\n"}, time=stage.now)
    stage.land({"a.yaml": FIRST, "k.yaml": FIRST})
    stage.go()
    return stage


def play(stage: Stage, steps: tuple[Step, ...]) -> list[tuple[str, str, str, bool]]:
    """One after the other, a minute apart; what the passes did."""
    done = []
    for number, step in enumerate(steps):
        stage.now += timedelta(minutes=1)
        if not isinstance(step, Push):
            done += summary(stage.go())
            continue
        trailers = {"Helium-Request": f"r-{number}"} if step.asked else {}
        if step.asked:
            stage.ledger.note_requests([RemovalRequest(f"r-{number}", ("a",), stage.now)])
        files = {"workspaces/a.yaml": None if step.text is None else step.text.encode()}
        stage.repo.land(files, time=stage.now - step.earlier, author=step.author, trailers=trailers)
    return done


@pytest.mark.parametrize(
    "steps",
    [
        (by_ada(LONGER), DELETED, by_ada(LONGER)),
        (by_ada(LONGER), DELETED, PASS, by_ada(LONGER)),
        (DELETED, PASS, by_ada(FIRST), by_ada(LONGER), DELETED, by_ada(LONGER)),
        (DELETED, PASS, by_ada(FIRST), by_ada(LONGER), DELETED, PASS, by_ada(LONGER)),
        (by_ada(LONGER), DELETED, by_ada(LONGER), by_ada(LONGEST), DELETED, by_ada(LONGEST)),
        (by_ada(LONGER), DELETED, by_ada(LONGER), by_ada(LONGEST), DELETED, PASS, by_ada(LONGEST)),
        (by_ada(LONGER), DELETED, by_ada(FIRST), by_ada(LONGEST)),
        (by_ada(LONGER), DELETED, HIS, DELETED_BY_BOB, by_ada(FIRST), by_ada(LONGEST)),
        (DELETED, HIS, PASS, DELETED_BY_BOB, PASS, by_ada(FIRST), by_ada(LONGEST)),
    ],
    ids=[
        "between two passes",
        "a pass saw it gone",
        "twice",
        "twice, a pass saw it gone",
        "edited after the first time",
        "edited after the first time, a pass saw it gone",
        "as a pass saw it last, then edited",
        "somebody else came and went in between",
        "somebody else came and went, seen by passes",
    ],
)
def test_what_comes_back_to_the_letter_goes_on(stage: Stage, steps: tuple[Step, ...]) -> None:
    """With its newest text, though no pass saw that before; nothing is destroyed, now or later."""
    before = stage.record("a")
    done = play(stage, (*steps, PASS))
    after = stage.record("a")
    stage.now += WAIT

    assert [("update", "a", "spec-changed", True)] == done
    assert before is not None
    assert after is not None
    assert (before.added_at, None, None) == (after.added_at, after.removed, after.due)
    assert [] == summary(stage.go())


@pytest.mark.parametrize(
    "steps",
    [
        (DELETED, HIS, DELETED_BY_BOB, HIS),
        (DELETED, PASS, HIS, DELETED_BY_BOB, HIS),
        (DELETED, PASS, HIS, PASS, DELETED_BY_BOB, HIS),
        (DELETED, HIS, PASS, DELETED_BY_BOB, HIS),
        (DELETED, HIS, PASS, DELETED_BY_BOB, PASS, HIS),
        (DELETED, HIS_BY_A_SLOW_CLOCK, DELETED_BY_BOB, HIS),
        (DELETED, HIS_BY_A_SLOW_CLOCK, DELETED_BY_BOB, PASS, HIS),
        (DELETED, HIS_WITH_AN_ERROR, PASS, HIS),
        (DELETED, PASS, HIS_WITH_AN_ERROR, PASS, HIS),
        (DELETED, HIS_WITH_AN_ERROR, PASS, DELETED_BY_BOB, PASS, HIS),
        (DELETED, HIS_WITH_AN_ERROR, PASS, DELETED_BY_BOB, PASS, HIS_WITH_AN_ERROR, PASS, HIS),
        (DELETED, HIS_WITH_AN_ERROR, PASS, DELETED_BY_BOB, HIS_WITH_AN_ERROR, PASS, HIS),
    ],
)
def test_what_somebody_else_put_there_gets_nothing_of_it(stage: Stage, steps: tuple[Step, ...]) -> None:
    """However often Bob takes his own file away and puts it back: Ada's workspace waits, goes, and his is a new one."""
    assert [] == play(stage, (*steps, PASS))
    waiting = stage.record("a")
    assert waiting is not None
    assert "ada@example.com" == waiting.owner
    stage.now += WAIT
    done = summary(stage.go())
    new = stage.record("a")

    assert [("destroy", "a", "replaced", True), ("create", "a", "new-file", True)] == done
    assert new is not None
    assert "bob@example.com" == new.owner


@pytest.mark.parametrize("asked", [True, False])
def test_his_request_says_nothing_of_hers(stage: Stage, asked: bool) -> None:
    """Ada's file went by a push that nobody asked for. Bob asks Helium to remove his own: hers is held as before."""
    limited = SETTINGS + b"limits: {grace: 9h, deletes: 0}\n"
    stage.repo.land({"helium.yaml": limited}, time=stage.now)
    play(stage, (Push(None), HIS, PASS, Push(None, BOB, asked=asked), PASS))
    stage.now += WAIT

    assert [] == summary(stage.go())
    assert ["too-many-deletes"] == [each.code for each in stage.go().plan.refusals]
