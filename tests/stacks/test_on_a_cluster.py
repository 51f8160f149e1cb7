"""gcp-namespace on a real Kubernetes API, by real commands, Pulumi, its provider and Helm. Google is the sandbox."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from helium.adapters.charts.package import digest_of
from tests.adapters import git_repos
from tests.chart_repository import SMALL, package, served
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
    charts:
      pachyderm: {{repo: "{charts}", chart: pachyderm, version: 2.3.9, digest: "{pachyderm}"}}
      jupyterhub: {{repo: "{charts}", chart: jupyterhub, version: 2.0.0, digest: "{jupyterhub}"}}
"""


@contextmanager
def fleet_with_charts(folder: Path, api: KubernetesApi, *, kubeconfig: Path) -> Iterator[ClusterFleet]:
    """A fleet without workspaces, whose charts come from a repository on loopback."""
    with served(folder / "charts", SMALL / "pachyderm", SMALL / "jupyterhub") as charts:
        digests = {name: digest_of(package(SMALL / name)) for name in ("pachyderm", "jupyterhub")}
        settings = SETTINGS.format(kubeconfig=kubeconfig, charts=charts, **digests)
        yield ClusterFleet.new(folder / "acme", api, settings=settings)


@pytest.fixture
def fleet(kubernetes: KubernetesApi, kubeconfig: Path, tmp_path: Path) -> Iterator[ClusterFleet]:
    """Such a fleet on the cluster of this run."""
    with fleet_with_charts(tmp_path, kubernetes, kubeconfig=kubeconfig) as new:
        yield new


def test_a_whole_life_on_a_cluster(fleet: ClusterFleet) -> None:
    """Up, nothing to do, a new deadline, an edit, one that fails, the next, gone. It reaches no other workspace."""
    one, other = (f"{letter}{uuid4().hex[:6]}" for letter in "ab")
    fleet.land(**{one: "labels: {team: red}\n", other: "disableNotebooks: true\n"})
    fleet.helium("reconcile")

    everything_is_there(fleet, one)
    what_people_change_is_put_back(fleet, one)
    assert ([f"pach-{other}.v1"], []) == (fleet.releases(other), fleet.unready(other))
    assert [f"acme-{one}", f"acme-{other}"] == fleet.buckets()
    a_new_deadline_is_a_label(fleet, one)
    an_edit_reaches_one_release(fleet, one)
    an_edit_that_the_chart_refuses_harms_nothing(fleet, one)

    fleet.land(**{one: None})
    fleet.helium("reconcile")
    assert [] == fleet.left(one)
    assert ([f"acme-{other}"], [f"pach-{other}.v1"]) == (fleet.buckets(), fleet.releases(other))
    fleet.land(**{other: None})
    fleet.helium("reconcile", *fleet.allowed())
    assert ([], []) == (fleet.left(other), fleet.buckets())


def everything_is_there(fleet: ClusterFleet, name: str) -> None:
    """Namespace, releases, pods, address, ingresses and secrets are as the spec and helium.yaml say."""
    place = f"/api/v1/namespaces/{name}"
    labels = fleet.api.get(place)["metadata"]["labels"]
    assert ("acme", name, "red", "true") == tuple(labels[key] for key in ("fleet", "workspace", "team", "needs-ci-tls"))
    assert [f"jh-{name}.v1", f"pach-{name}.v1"] == fleet.releases(name)
    assert (7, []) == (len(fleet.names(f"{place}/pods")), fleet.unready(name))
    address = fleet.api.get(f"{place}/services/pachd-lb")["status"]["loadBalancer"]["ingress"][0]["ip"]
    assert f"grpc://{address}:30651" in json.dumps(fleet.row(name)).replace("\\", "")
    found = fleet.api.items(f"/apis/networking.k8s.io/v1/namespaces/{name}/ingresses")
    assert [f"{name}.ws.example.com", f"jh-{name}.ws.example.com"] == [
        each["spec"]["rules"][0]["host"] for each in found
    ]
    assert "true" == base64.b64decode(drawn(fleet, name)["require-email-verified"]).decode()
    assert [] == fleet.api.items(f"/apis/apps/v1/namespaces/{name}/daemonsets")
    providers = fleet.api.get(f"{place}/secrets/upstream-idps")["data"]["upstream-idps"]
    assert f"https://{name}.ws.example.com/dex/callback" in base64.b64decode(providers).decode()


def what_people_change_is_put_back(fleet: ClusterFleet, name: str) -> None:
    """Nothing of both charts differs before and after. Helm is left alone, so it draws no token again."""
    assert "1 in step" in fleet.helium("drift", name)
    fleet.api.patch(f"/apis/apps/v1/namespaces/{name}/deployments/console", {"spec": {"replicas": 0}})
    fleet.api.delete(f"/apis/networking.k8s.io/v1/namespaces/{name}/ingresses/console")
    text = (fleet.folder / "helium.yaml").read_text()
    git_repos.land(fleet.folder, {"helium.yaml": f"{text}drift: {{every: 1d}}\n".encode()}, time=datetime.now(UTC))

    assert "1 updated" in fleet.helium("reconcile")
    assert "1 in step" in fleet.helium("drift", name)
    assert [f"jh-{name}.v1", f"pach-{name}.v1"] == fleet.releases(name)


def a_new_deadline_is_a_label(fleet: ClusterFleet, name: str) -> None:
    """A pass without a change does nothing, and one after `extend` touches no release."""
    assert "nothing to do" in fleet.helium("reconcile")
    before = fleet.api.get(f"/api/v1/namespaces/{name}")["metadata"]["labels"]["helium-expiry"]
    fleet.helium("extend", name, "+10d")
    fleet.helium("reconcile")

    assert before < fleet.api.get(f"/api/v1/namespaces/{name}")["metadata"]["labels"]["helium-expiry"]
    assert [f"jh-{name}.v1", f"pach-{name}.v1"] == fleet.releases(name)


def an_edit_reaches_one_release(fleet: ClusterFleet, name: str) -> None:
    """Values for Pachyderm upgrade Pachyderm alone, and what its first install drew stays."""
    before = drawn(fleet, name)
    fleet.land(**{name: "labels: {team: red}\nvalues: {pachd: {replicas: 2}}\n"})
    fleet.helium("reconcile")

    assert ([f"jh-{name}.v1", f"pach-{name}.v2"], 2) == (fleet.releases(name), replicas(fleet, name))
    assert before == drawn(fleet, name)


def an_edit_that_the_chart_refuses_harms_nothing(fleet: ClusterFleet, name: str) -> None:
    """The chart's own schema names the field; what was there stays, and the next edit goes through."""
    fleet.land(**{name: "labels: {team: red}\nvalues: {pachd: {replicas: 0}}\n"})
    fleet.helium("reconcile", "--once", code=5)
    row = fleet.row(name)
    assert ("failed", True) == (row["status"], "pachd.replicas" in row["reason"].replace("/", "."))
    assert ([f"jh-{name}.v1", f"pach-{name}.v2"], []) == (fleet.releases(name), fleet.unready(name))

    fleet.land(**{name: "labels: {team: red}\nvalues: {pachd: {replicas: 3}}\n"})
    fleet.helium("reconcile", "--once")
    assert ("ready", 3) == (fleet.row(name)["status"], replicas(fleet, name))


def drawn(fleet: ClusterFleet, name: str) -> Mapping[str, str]:
    """Root token, client secrets and deployment id, which an upgrade of the chart would draw again."""
    data: Mapping[str, str] = fleet.api.get(f"/api/v1/namespaces/{name}/secrets/pachyderm-auth")["data"]
    return data


def replicas(fleet: ClusterFleet, name: str) -> int:
    """How many pachd are ready."""
    ready: int = fleet.api.get(f"/apis/apps/v1/namespaces/{name}/deployments/pachd")["status"]["readyReplicas"]
    return ready
