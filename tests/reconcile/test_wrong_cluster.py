"""A stack whose cluster's name points to a different cluster today: nothing of it is touched, and its record stays."""

from __future__ import annotations

from helium.core.plan import Code, Overrides
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
    assert f"a: {WHY}." == plan.refusals[0].sentence


def test_same_cluster_lets_the_others_go() -> None:
    """What lives in a cluster that is still the same one is not kept for its neighbour."""
    observed = fleet_of("k", "b")
    plan = decided(removed("a", wrong_cluster={observed.listing.stacks[0].id: WHY}))

    assert [("destroy", "a")] == applied(plan)


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
