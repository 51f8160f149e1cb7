"""A workspace of `helm` whose parts people deleted by hand: it is destroyed all the same, and made again when asked."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from tests.cluster_fleet import ClusterFleet
from tests.kubernetes import soon
from tests.stacks.instance_fleet import new_fleet
from tools.cluster.api import KubernetesApi


@pytest.fixture
def fleet(kubernetes: KubernetesApi, kubeconfig: Path, tmp_path: Path) -> ClusterFleet:
    """A fleet without workspaces, with the instance `shop` and its charts."""
    return new_fleet(tmp_path / "acme", kubernetes, kubeconfig=kubeconfig)


def test_what_was_deleted_by_hand_stops_no_destroy(fleet: ClusterFleet) -> None:
    """The account, its rights, a release's own record, the whole namespace: a destroy proves that nothing is left."""
    account, rights, release, whole, last = (f"{letter}{uuid4().hex[:6]}" for letter in "arnwl")
    names = (account, rights, release, whole, last)
    fleet.land(**dict.fromkeys(names, "backend: shop\nowner: ada@example.com\n"))
    fleet.helium("reconcile")

    fleet.api.delete(f"/api/v1/namespaces/{account}/serviceaccounts/helium")
    fleet.api.delete(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{rights}/rolebindings/helium")
    fleet.api.delete(f"/api/v1/namespaces/{release}/secrets/sh.helm.release.v1.app.v1")
    fleet.api.delete(f"/api/v1/namespaces/{whole}")
    soon(lambda: not fleet.api.has(f"/api/v1/namespaces/{whole}"))
    fleet.land(**dict.fromkeys((account, rights, release, whole)))
    fleet.helium("reconcile")
    assert [] == [left for name in (account, rights, release, whole) for left in fleet.left(name)]
    assert "ready" == fleet.row(last)["status"]

    fleet.api.delete(f"/api/v1/namespaces/{last}")
    soon(lambda: not fleet.api.has(f"/api/v1/namespaces/{last}"))
    fleet.helium("reconcile", "--roll", last)
    assert ("ready", ["app.v1", "cache.v1"]) == (fleet.row(last)["status"], fleet.releases(last))
