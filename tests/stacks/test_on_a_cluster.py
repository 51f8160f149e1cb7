"""gcp-namespace on a real Kubernetes API, by real commands, Pulumi, its provider and Helm. Google is the sandbox."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.chart_repository import CHARTS, served
from tests.cluster_fleet import ClusterFleet
from tools.cluster.api import KubernetesApi

SETTINGS = """
fleet: acme
sandbox: [gcp]
clusters: {{ci: {{kubeconfig: {kubeconfig}}}}}
backends:
  gcp-namespace:
    project: my-project
    zone: us-east1-b
    cluster: ci
    domain: ws.example.com
    auth0Domain: https://tenant.example.com/
    charts: {{pachyderm: {{repo: "{charts}", version: 2.3.9}}, jupyterhub: {{repo: "{charts}", version: 2.0.0}}}}
"""


@pytest.fixture
def fleet(kubernetes: KubernetesApi, kubeconfig: Path, tmp_path: Path) -> Iterator[ClusterFleet]:
    """A fleet without workspaces, whose charts come from a repository on loopback."""
    with served(tmp_path / "charts", CHARTS / "pachyderm", CHARTS / "jupyterhub") as charts:
        settings = SETTINGS.format(kubeconfig=kubeconfig, charts=charts)
        yield ClusterFleet.new(tmp_path / "acme", kubernetes, settings=settings)


def test_a_whole_life_on_a_cluster(fleet: ClusterFleet) -> None:
    """Up, nothing to do, a new deadline, an edit, gone: each is seen in the cluster, and reaches no other workspace."""
    one, other = (f"{letter}{uuid4().hex[:6]}" for letter in "ab")
    place = f"/api/v1/namespaces/{one}"
    fleet.land(**{one: "labels: {team: red}\n", other: "disableNotebooks: true\n"})

    fleet.helium("reconcile")
    labels = fleet.api.get(place)["metadata"]["labels"]
    assert ("acme", one, "red", "true") == tuple(labels[key] for key in ("fleet", "workspace", "team", "needs-ci-tls"))
    assert ([f"jh-{one}.v1", f"pach-{one}.v1"], [f"pach-{other}.v1"]) == (fleet.releases(one), fleet.releases(other))
    assert 8 == len(fleet.names(f"{place}/pods"))
    assert ([], []) == (fleet.unready(one), fleet.unready(other))
    address = fleet.api.get(f"{place}/services/pachd-lb")["status"]["loadBalancer"]["ingress"][0]["ip"]
    assert f"grpc://{address}:30651" in json.dumps(fleet.row(one)).replace("\\", "")
    hosts = fleet.api.items(f"/apis/networking.k8s.io/v1/namespaces/{one}/ingresses")
    assert [f"{one}.ws.example.com", f"jh-{one}.ws.example.com"] == [each["spec"]["rules"][0]["host"] for each in hosts]
    providers = fleet.api.get(f"{place}/secrets/upstream-idps")["data"]["upstream-idps"]
    assert f"https://{one}.ws.example.com/dex/callback" in base64.b64decode(providers).decode()
    assert [f"acme-{one}", f"acme-{other}"] == fleet.buckets()

    assert "nothing to do" in fleet.helium("reconcile")
    fleet.helium("extend", one, "+10d")
    fleet.helium("reconcile")
    assert labels["helium-expiry"] != fleet.api.get(place)["metadata"]["labels"]["helium-expiry"]
    assert [f"jh-{one}.v1", f"pach-{one}.v1"] == fleet.releases(one)

    fleet.land(**{one: "labels: {team: red}\nvalues: {pachd: {replicas: 2}}\n"})
    fleet.helium("reconcile")
    assert [f"jh-{one}.v1", f"pach-{one}.v2"] == fleet.releases(one)
    pachd = fleet.api.get(f"/apis/apps/v1/namespaces/{one}/deployments/pachd")
    assert 2 == pachd["status"]["readyReplicas"]

    fleet.land(**{one: None})
    fleet.helium("reconcile")
    assert [] == fleet.left(one)
    assert ([f"acme-{other}"], [f"pach-{other}.v1"]) == (fleet.buckets(), fleet.releases(other))
    fleet.land(**{other: None})
    refused = json.loads(fleet.helium("plan", "--json", code=4))["refusals"]
    fleet.helium("reconcile", *refused[0]["override"].split())
    assert ([], []) == (fleet.left(other), fleet.buckets())
