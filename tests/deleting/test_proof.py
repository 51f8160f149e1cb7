"""Proof of deletion on the real engine: nothing is called gone while it lives, nothing lives on unseen."""

from __future__ import annotations

from tests.deleting.ground import Ground, summary


def test_a_removed_workspace_is_gone_with_its_data_and_nothing_else(ground: Ground) -> None:
    """Its bucket, objects and stack go; the log says so; everybody else's resources are counted before and after."""
    assert ground.buckets() == ["acme-a", "acme-a/data", "acme-b", "acme-c"]
    ground.land({"a.yaml": None})

    assert summary(ground.go()) == [("destroy", "a", "file-removed", True)]
    assert ground.buckets() == ["acme-b", "acme-c"]
    assert ground.phases() == {"b": "ready", "c": "ready"}
    assert [line.code for line in ground.log("a")] == ["new-file", "file-removed", "gone"]
