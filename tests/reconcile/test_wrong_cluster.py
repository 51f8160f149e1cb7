"""A stack whose cluster's name points to a different cluster today: nothing of it is touched, and its record stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helium.core.plan import Code, Destroy, Keep, Overrides
from helium.errors import WrongClusterError
from tests.builders import decided, fleet_of, stack_id
from tests.reconcile.harness import Stage, summary
from tests.reconcile.test_guard import applied, refused, removed

WHY = "it was made in another cluster"


def grown() -> Stage:
    """A fleet with the workspaces `a` and `b`, ready."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n", "b.yaml": "{}\n"})
    stage.go()
    return stage


def test_same_cluster_holds_what_another_cluster_would_not_know() -> None:
    """Looked for in another cluster, it would be deleted with success while it lives."""
    plan = decided(removed("a", wrong_cluster={stack_id("a"): WHY}))

    assert (applied(plan), refused(plan)) == ([], [Code.CLUSTER_CHANGED])
    assert f"a: {WHY}. If that cluster is gone for ever: helium forget a." == plan.refusals[0].sentence


def test_same_cluster_lets_the_others_go() -> None:
    """What lives in a cluster that is still the same one is not kept for its neighbour."""
    observed = fleet_of("k", "b")
    plan = decided(removed("a", wrong_cluster={observed.listing.stacks[0].id: WHY}))

    assert [("destroy", "a")] == applied(plan)


def test_what_a_person_gave_up_is_destroyed_without_its_cluster() -> None:
    """By name, for one pass; its neighbour in the same cluster stays, and so does what still has a file."""
    stage = grown()
    stage.engine.elsewhere["ci"] = WHY
    stage.land({"a.yaml": None, "b.yaml": "labels: {b: c}\n"})
    result = stage.go("a", lost=frozenset("a"))

    assert [("destroy", "a", "file-removed", True)] == summary(result)
    assert "destroyed, without what it had in its cluster, which is gone for ever" == result.outcomes[0].sentence
    assert ["b"] == stage.stacks()


def test_a_cluster_that_answers_is_not_given_up() -> None:
    """The engine asks once more when the pass begins on it: by then the cluster may be back."""
    stage = grown()
    stage.land({"a.yaml": None})
    result = stage.go("a", lost=frozenset("a"))

    assert [("destroy", "a", "file-removed", False)] == summary(result)
    assert ([], ["a", "b"]) == (stage.calls_of("destroy"), stage.stacks())


@pytest.mark.parametrize(("lost", "kind"), [("a", Destroy), ("b", Keep), ("", Keep)])
def test_a_cluster_that_the_settings_no_longer_name_can_be_given_up(lost: str, kind: type[object]) -> None:
    """It is kept until a person says by its name that the cluster is gone for ever; the sentence names the way."""
    observed = removed("a", lost_clusters=frozenset(lost))
    plan = decided(replace(observed, fleet=replace(observed.fleet, sandbox=(), clusters={})))
    change = plan.of("a")

    assert isinstance(change, kind)
    if isinstance(change, Keep):
        assert Code.CLUSTER_UNKNOWN is change.code
        assert change.reason.endswith("If that cluster is gone for ever: helium forget a.")


def test_a_pass_asks_before_it_destroys_or_replaces() -> None:
    """Who loses something is opened, and its cluster compared, before the guard decides."""
    stage = grown()
    stage.engine.elsewhere["ci"] = WHY
    stage.land({"a.yaml": None, "b.yaml": "labels: {b: c}\n"})
    result = stage.go(overrides=Overrides(allow_replace=frozenset({"b"})))

    assert [(Code.CLUSTER_CHANGED, ("b",)), (Code.CLUSTER_CHANGED, ("a",))] == [
        (refusal.code, refusal.names) for refusal in result.plan.refusals
    ]
    assert ((), {"a": "ready", "b": "ready"}) == (result.outcomes, stage.phases())
    assert result.plan.stuck


def test_what_the_engine_finds_in_another_cluster_is_left_as_it_was() -> None:
    """An update is not opened before it begins: the engine refuses, no attempt is counted, nothing is at work."""
    stage = grown()
    before = stage.record("b")
    stage.land({"b.yaml": "labels: {b: c}\n"})
    stage.engine.errors["resolve_pending", "b"] = WrongClusterError("b", WHY)
    result = stage.go()
    after = stage.record("b")

    assert [("update", "b", "cluster-changed", False)] == summary(result)
    assert f"not started: {WHY}" == result.outcomes[0].sentence
    assert before is not None
    assert after is not None
    assert (before.phase, before.attempts, before.spec_blob) == (after.phase, after.attempts, after.spec_blob)
