"""A cluster's name that is pointed at another cluster, on the real engine with a provider that Pulumi starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters import git_repos
from tests.deleting import cluster
from tests.deleting.real_fleet import KEPT, RealFleet, codes, summary
from tests.deleting.test_credential import JUNE, SETTINGS, housed_in, namespaces

pytestmark = pytest.mark.slow
HOUSED = f"{SETTINGS}backends: {{housed: {{cluster: ci}}}}\n"
FIRST, CHANGED_MEANWHILE = cluster.address(1), cluster.address(3)
EDITED = f"{KEPT}description: edited\n"


def pointed(housed: RealFleet, server: str) -> None:
    """Somebody hands out another kubeconfig under the same name."""
    cluster.kubeconfig(housed.folder / ".helium" / "ci.yaml", token=JUNE, server=server)
    housed.fresh()


def test_a_name_that_leads_to_another_cluster_destroys_nothing(empty: RealFleet, tmp_path: Path) -> None:
    """What is not there would be deleted with success, and live for ever unseen: it is kept, and so is its record.

    An edit is not begun either. When the name leads back, all goes on.
    """
    housed = housed_in(empty, tmp_path)
    housed.land({"a.yaml": None, "b.yaml": EDITED})
    pointed(housed, cluster.ELSEWHERE)
    result = housed.go()

    assert (["cluster-changed"], [("update", "b", "cluster-changed", False)]) == (codes(result), summary(result))
    assert f"created in the cluster ci at {FIRST}#, but today ci points to {cluster.ELSEWHERE}#" in (
        result.plan.refusals[0].sentence
    )
    assert (namespaces(housed), housed.phases()) == (["a", "b"], {"a": "ready", "b": "ready"})

    pointed(housed, FIRST)
    assert summary(housed.go()) == [("update", "b", "spec-changed", True), ("destroy", "a", "file-removed", True)]
    assert (["b"], ["b", "marker"]) == (namespaces(housed), housed.stacks())


def test_a_person_vouches_for_a_cluster_that_moved(empty: RealFleet, tmp_path: Path) -> None:
    """Once helium.yaml says it, by name and by what it was; who is updated then is known by the new address."""
    housed = housed_in(empty, tmp_path)
    housed.land({"a.yaml": None, "b.yaml": EDITED})
    pointed(housed, CHANGED_MEANWHILE)
    assert codes(housed.go()) == ["cluster-changed"]

    housed.settings(f"{HOUSED}vouched: {{ci: [{FIRST}#]}}\n")
    housed.fresh()
    assert summary(housed.go()) == [("update", "b", "spec-changed", True), ("destroy", "a", "file-removed", True)]

    housed.settings(HOUSED)
    housed.land({"b.yaml": None, "c.yaml": KEPT}, author=git_repos.ANN)
    housed.fresh()
    assert summary(housed.go()) == [("create", "c", "new-file", True), ("destroy", "b", "file-removed", True)]
    assert namespaces(housed) == ["c"]
