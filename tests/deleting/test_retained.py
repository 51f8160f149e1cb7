"""A program that lets Pulumi forget what it made: nothing is called gone while it lives."""

from __future__ import annotations

from tests.adapters import yard
from tests.deleting.ground import KEPT, SMALL, Ground, summary


def test_what_pulumi_would_only_forget_is_not_called_gone(ground: Ground) -> None:
    """The record stays `deleting`, names what would live on, and every pass tells it again."""
    program = (SMALL / "resources.py").read_text().replace("(protect=True)", "(protect=True, retain_on_delete=True)")
    yard.land(ground.folder, {"stacks/small/resources.py": program.encode()}, time=ground.now)
    ground.land({"d.yaml": KEPT})
    ground.go()
    ground.put("d")
    ground.land({"d.yaml": None})
    result = ground.go()

    assert summary(result) == [("destroy", "d", "file-removed", False)]
    assert "leave bucket (gcp:storage/bucket:Bucket) where it is" in result.outcomes[0].sentence
    assert "pulumi state delete" in result.outcomes[0].sentence
    assert ("acme-d/data" in ground.buckets(), ground.phases()["d"]) == (True, "deleting")
