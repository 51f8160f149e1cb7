"""What would replace data is refused, and every safeguard treats `--allow-replace` as a destroy. On the harness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helium.core.fleet_record import Pause
from helium.core.plan import Code, Overrides
from tests.reconcile.harness import SETTINGS, Stage, summary

ALLOWED = Overrides(allow_replace=frozenset({"a"}))


@pytest.fixture
def stage() -> Stage:
    """A fleet where `a` and `b` are ready, and an edit of `a` would replace its bucket."""
    stage = Stage()
    stage.land({"a.yaml": "expiry: 2026-12-24\n", "b.yaml": "expiry: 2026-12-24\n"})
    stage.go()
    stage.land({"a.yaml": "expiry: 2026-12-24\npachdVersion: 2.4.0\n"})
    stage.engine.would_replace = {"a"}
    stage.engine.calls.clear()
    return stage


def test_an_update_that_would_replace_is_refused_by_name(stage: Stage) -> None:
    """It ends as `would-replace`, and stays that until a person allows it for that name."""
    assert summary(stage.go()) == [("update", "a", "would-replace", False)]
    assert summary(stage.go(overrides=Overrides(allow_replace=frozenset({"b"})))) == [
        ("update", "a", "would-replace", False)
    ]
    assert summary(stage.go("a", overrides=ALLOWED)) == [("update", "a", "retry-after-failure", True)]


def test_a_replacement_is_held_where_the_mark_is_anothers(stage: Stage) -> None:
    """Safeguard `proven_ownership`: the stack must be of this name and incarnation before its data may be replaced."""
    held = stage.engine.stacks[stage.stack("a")]
    assert held.ownership is not None
    held.ownership = replace(held.ownership, name="b")
    result = stage.go(overrides=ALLOWED)

    assert [refusal.code for refusal in result.plan.refusals] == [Code.NO_RECORD]
    assert stage.calls_of("up") == []


def test_a_replacement_is_held_while_it_is_protected(stage: Stage) -> None:
    """Safeguard `unprotected`: what was protected when it was last applied is not replaced either."""
    stage.engine.would_replace = set()
    stage.land({"a.yaml": "expiry: 2026-12-24\nprotected: true\n"})
    stage.go()
    stage.engine.calls.clear()
    stage.land({"a.yaml": "expiry: 2026-12-24\npachdVersion: 2.4.0\n"})
    result = stage.go(overrides=ALLOWED)

    assert [refusal.code for refusal in result.plan.refusals] == [Code.PROTECTED]
    assert stage.calls_of("up") == []


@pytest.mark.parametrize("how", ["edited", "removed", "paused in git", "paused in the ledger", "lease lost"])
def test_a_replacement_has_a_last_look(stage: Stage, how: str) -> None:
    """Main, pause and lease are read again before what holds data may be replaced."""

    def meddle() -> None:
        fleet_record = stage.ledger.snapshot.fleet_record
        assert fleet_record is not None
        pause = Pause("ada@example.com", "an incident", stage.now)
        if how == "edited":
            stage.land({"a.yaml": "expiry: 2026-12-24\npachdVersion: 2.5.0\n"})
        elif how == "removed":
            stage.land({"a.yaml": None})
        elif how == "paused in git":
            stage.repo.land({"helium.yaml": SETTINGS + b"paused: true\n"}, time=stage.now)
        elif how == "paused in the ledger":
            stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=replace(fleet_record, pause=pause))
        else:
            stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=replace(fleet_record, lease=None))

    stage.on_start(meddle)
    result = stage.go(overrides=ALLOWED)

    assert [(outcome.name, outcome.ok) for outcome in result.outcomes] == [("a", False)]
    assert result.outcomes[0].code in ("changed-meanwhile", "paused")
    assert stage.calls_of("up") == []


def test_allowing_a_name_without_a_stack_holds_nothing(stage: Stage) -> None:
    """A name without a stack has no data to lose."""
    stage.land({"c.yaml": "expiry: 2026-12-24\n"})
    result = stage.go("c", overrides=Overrides(allow_replace=frozenset({"c"})))

    assert summary(result) == [("create", "c", "new-file", True)]
