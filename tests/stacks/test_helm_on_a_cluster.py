"""An instance of `helm` on a real Kubernetes API, by real commands, Pulumi, its provider and Helm."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.adapters import git_repos
from tests.cluster_fleet import ClusterFleet
from tests.stacks.instance_fleet import instance, new_fleet, settings
from tools.cluster.api import KubernetesApi


@pytest.fixture
def fleet(kubernetes: KubernetesApi, kubeconfig: Path, tmp_path: Path) -> ClusterFleet:
    """A fleet without workspaces, with the instance `shop` and its charts."""
    return new_fleet(tmp_path / "acme", kubernetes, kubeconfig=kubeconfig)


def change(fleet: ClusterFleet, kubeconfig: Path, **changes: object) -> None:
    """Somebody changes the instance."""
    files = {"helium.yaml": settings({"shop": instance(**changes)}, cluster=str(kubeconfig))}
    git_repos.land(fleet.folder, files, time=datetime.now(UTC))


def _has_secret(data: bytes) -> bool:
    """Whether it has the cache's password in it, plain or as Kubernetes writes it."""
    secret = b"password-of-the-cache"
    return secret in data or base64.b64encode(secret) in data


def test_a_web_application_with_its_cache(fleet: ClusterFleet, kubeconfig: Path) -> None:
    """Twenty lines of settings: up with a spec's fields, nothing to do, an edit, a label renamed, gone."""
    name = f"w{uuid4().hex[:6]}"
    place = f"/api/v1/namespaces/{name}"
    fleet.land(**{name: "backend: shop\nowner: ada@example.com\nreplicas: 2\nlabels: {team: red}\n"})

    fleet.helium("reconcile")
    labels = fleet.api.get(place)["metadata"]["labels"]
    assert {"fleet": "acme", "workspace": name, "team": "red", "owner": "ada_at_example.com"}.items() <= labels.items()
    assert "baseline" == labels["pod-security.kubernetes.io/enforce"]
    assert ["app.v1", "cache.v1"] == fleet.releases(name)
    assert (3, []) == (len(fleet.names(f"{place}/pods")), fleet.unready(name))
    assert "Hello" == fleet.api.get(f"{place}/configmaps/app")["data"]["message"]
    login = fleet.api.get(f"{place}/secrets/cache-login")["data"]["password"]
    assert "password-of-the-cache" == base64.b64decode(login).decode()
    held = [path for path in (fleet.folder / ".helium").rglob("*") if path.is_file() and _has_secret(path.read_bytes())]
    assert [] == held
    row = fleet.row(name)
    assert (f"{name}.shop.example.com", "cache-login") == (row["outputs"]["host"], row["outputs"]["password"])
    balancer = fleet.api.get(f"{place}/services/app")["status"]["loadBalancer"]["ingress"][0]["ip"]
    assert balancer == row["outputs"]["address"]
    quota = fleet.api.get(f"{place}/resourcequotas/helium")["spec"]["hard"]
    assert ("10", "8") == (quota["pods"], quota["requests.cpu"])
    closed = fleet.names(f"/apis/networking.k8s.io/v1/namespaces/{name}/networkpolicies")
    assert ["helium-default-deny", "helium-dns", "helium-from", "helium-same-namespace", "helium-to"] == closed

    assert "nothing to do" in fleet.helium("reconcile")
    change(fleet, kubeconfig, connect=[{"label": "Go", "url": "https://${workspace.host}"}], description="A shop")
    assert "nothing to do" in fleet.helium("reconcile")

    fleet.land(**{name: "backend: shop\nowner: ada@example.com\nreplicas: 3\nmessage: Good morning\n"})
    fleet.helium("reconcile")
    assert ["app.v2", "cache.v1"] == fleet.releases(name)
    assert "Good morning" == fleet.api.get(f"{place}/configmaps/app")["data"]["message"]

    fleet.land(**{name: None})
    fleet.helium("reconcile", *fleet.allowed())
    assert [] == fleet.left(name)


READS = '{{ (lookup "v1" "Secret" "kube-system" "of-the-cluster").data }}'


def test_a_chart_has_the_rights_of_its_namespace_alone(fleet: ClusterFleet, kubeconfig: Path) -> None:
    """A spec's template reads no other namespace, and a chart creates nothing outside, unless `helium.yaml` says so."""
    reads, roles, wide = (f"{letter}{uuid4().hex[:6]}" for letter in "rcw")
    secret = {"metadata": {"name": "of-the-cluster"}, "stringData": {"key": "nobody-may-read-this"}}
    if not fleet.api.has("/api/v1/namespaces/kube-system/secrets/of-the-cluster"):
        fleet.api.post("/api/v1/namespaces/kube-system/secrets", secret)
    fleet.land(**{reads: f"backend: shop\nowner: ada@example.com\nmessage: '{READS}'\n"})
    refused = fleet.helium("validate", code=3)
    assert "a chart would run {{ … }} as a template" in refused

    plain = instance()
    values = {**plain["releases"]["app"]["values"], "clusterRole": True}
    role = {"app": {**plain["releases"]["app"], "values": values}, "cache": plain["releases"]["cache"]}
    template = {**plain["fields"], "message": {**plain["fields"]["message"], "template": True}}
    backends = {
        "shop": instance(fields=template),
        "roles": instance(releases=role),
        "wide": instance(releases=role, clusterWide=True, outputs=None, connect=None),
    }
    files = {"helium.yaml": settings(backends, cluster=str(kubeconfig))}
    git_repos.land(fleet.folder, files, time=datetime.now(UTC))
    fleet.land(
        **{name: f"backend: {kind}\nowner: ada@example.com\n" for kind, name in (("roles", roles), ("wide", wide))}
    )
    fleet.helium("reconcile", code=5)

    for name, what in ((reads, "secrets"), (roles, "clusterroles")):
        why = fleet.helium("show", name, "--log")
        assert f"system:serviceaccount:{name}:helium" in why, why
        assert what in why
        assert "nobody-may-read-this" not in why
        assert "set clusterWide: true under backends." in fleet.row(name)["error"]
    assert "ready" == fleet.row(wide)["status"], fleet.row(wide)["error"]
    assert [f"app-{wide}.v1", f"cache-{wide}.v1"] == fleet.releases(wide)
    assert [f"app-{wide}-reads-nodes"] == [
        role
        for name in (reads, roles, wide)
        for role in fleet.names("/apis/rbac.authorization.k8s.io/v1/clusterroles", within=f"{name}-reads-nodes")
    ]

    fleet.land(**{reads: None, roles: None, wide: None, "later": "backend: roles\nowner: ada@example.com\n"})
    fleet.helium("reconcile", code=5)
    assert [] == [left for name in (reads, roles, wide) for left in fleet.left(name)]
