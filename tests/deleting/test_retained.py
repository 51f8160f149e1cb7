"""A program that lets Pulumi forget what it made: nothing is called gone while it exists."""

from __future__ import annotations

from tests.adapters import git_repos
from tests.deleting.real_fleet import KEPT, SMALL, RealFleet, summary


def test_what_pulumi_would_only_forget_is_not_called_gone(fleet: RealFleet) -> None:
    """The record stays `deleting`, names what would live on, and every pass tells it again."""
    program = (SMALL / "resources.py").read_text().replace("(protect=True)", "(protect=True, retain_on_delete=True)")
    git_repos.land(fleet.folder, {"stacks/small/resources.py": program.encode()}, time=fleet.now)
    fleet.land({"d.yaml": KEPT})
    fleet.go()
    fleet.put("d")
    fleet.land({"d.yaml": None})
    result = fleet.go(once=True)

    assert summary(result) == [("destroy", "d", "file-removed", False)]
    assert "keep bucket (gcp:storage/bucket:Bucket)" in result.outcomes[0].sentence
    assert "pulumi state delete" in result.outcomes[0].sentence
    assert ("acme-d/data" in fleet.buckets(), fleet.phases()["d"]) == (True, "deleting")
