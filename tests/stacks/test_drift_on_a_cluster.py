"""What people change in a cluster, seen by `helium drift`: a real Kubernetes API, real commands, Pulumi and Helm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from helium.errors import ExitCode
from tests.adapters import git_repos
from tests.cluster_fleet import ClusterFleet
from tests.stacks.instance_fleet import instance, new_fleet, settings
from tools.cluster.api import KubernetesApi

SPEC = "backend: shop\nowner: ada@example.com\nreplicas: 2\n"
NET = "/apis/networking.k8s.io/v1/namespaces"


@pytest.fixture(scope="module")
def lived_in(
    kubernetes: KubernetesApi, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ClusterFleet, str]]:
    """A fleet with one workspace, and its name. Each test leaves it as it was made."""
    fleet = new_fleet(tmp_path_factory.mktemp("drift") / "acme", kubernetes, kubeconfig=kubeconfig)
    name = f"d{uuid4().hex[:6]}"
    fleet.land(**{name: SPEC})
    fleet.helium("reconcile")
    yield fleet, name
    kubernetes.delete(f"/api/v1/namespaces/{name}")


def hands(fleet: ClusterFleet, name: str) -> Mapping[str, str]:
    """Somebody changes the workspace; each place, and what became of it."""
    apps, core = f"/apis/apps/v1/namespaces/{name}", f"/api/v1/namespaces/{name}"
    fleet.api.patch(f"{apps}/deployments/app", {"spec": {"replicas": 0}})
    fleet.api.patch(f"{core}/configmaps/app", {"data": {"message": "Defaced"}})
    fleet.api.patch(f"{core}/secrets/cache-login", {"stringData": {"password": "guessed"}})
    fleet.api.patch(f"{core}/services/cache", {"spec": {"ports": [{"name": "redis", "port": 6380}]}})
    fleet.api.patch(f"{core}/resourcequotas/helium", {"spec": {"hard": {"pods": "99"}}})
    fleet.api.delete(f"{NET}/{name}/ingresses/app")
    fleet.api.delete(f"{NET}/{name}/networkpolicies/helium-default-deny")
    return {
        "ConfigMap/app:data.message": "was changed",
        "Deployment/app:spec.replicas": "is 0 and was made as 2",
        "Ingress/app": "is gone",
        "NetworkPolicy/helium-default-deny": "is gone",
        "ResourceQuota/helium:spec.hard.pods": "was changed",
        "Secret/cache-login:data.password": "was changed",
        "Service/cache:spec.ports[redis].port": "is 6380 and was made as 6379",
        "Service/cache:spec.ports[redis].targetPort": "is 6380 and was made as 6379",
    }


def found(fleet: ClusterFleet, name: str, *, code: int = ExitCode.DRIFTED) -> Mapping[str, str]:
    """What `helium drift` says of each place."""
    (row,) = json.loads(fleet.helium("drift", name, "--json", code=code))["workspaces"]
    return {each["place"]: each["what"] for each in row["differences"]}


def versions(api: KubernetesApi, name: str) -> Mapping[str, str]:
    """Every object in a namespace that nothing but people changes, and its version."""
    kinds = ("configmaps", "secrets", "services", "resourcequotas", "limitranges", "serviceaccounts")
    paths = [f"/api/v1/namespaces/{name}/{kind}" for kind in kinds]
    paths += [f"/apis/apps/v1/namespaces/{name}/{kind}" for kind in ("deployments", "statefulsets")]
    paths += [f"{NET}/{name}/{kind}" for kind in ("ingresses", "networkpolicies")]
    each = ((path, one["metadata"]) for path in paths for one in api.items(path))
    return {f"{path}/{meta['name']}": meta["resourceVersion"] for path, meta in each}


def files(fleet: ClusterFleet) -> Mapping[str, bytes]:
    """The state, and what git has of main and the ledger."""
    state = [path for path in (fleet.folder / ".helium" / "state").rglob("*") if path.is_file()]
    refs = [path for path in (fleet.folder / ".git" / "refs" / "heads").rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in (*state, *refs)}


def test_what_people_change_is_found_by_field_and_nothing_else(
    lived_in: tuple[ClusterFleet, str], kubeconfig: Path
) -> None:
    """No false finding before; each change by its place; no secret is said, and nothing is written anywhere."""
    fleet, name = lived_in
    before = versions(fleet.api, name)
    assert {} == found(fleet, name, code=ExitCode.DONE)
    assert before == versions(fleet.api, name)

    changed = hands(fleet, name)
    before, kept = versions(fleet.api, name), files(fleet)
    said = fleet.helium("drift", code=ExitCode.DRIFTED)
    assert changed == found(fleet, name)
    assert (before, kept) == (versions(fleet.api, name), files(fleet))
    assert "Deployment/app: spec.replicas is 0 and was made as 2" in said
    assert not any(text in said for text in ("password-of-the-cache", "guessed", "Defaced", "Hello"))

    wanted = instance(drift={"ignore": ["Deployment/*:spec.replicas"]})
    edited = {"helium.yaml": settings({"shop": wanted}, cluster=str(kubeconfig))}
    git_repos.land(fleet.folder, edited, time=datetime.now(UTC))
    assert {*changed} - {"Deployment/app:spec.replicas"} == {*found(fleet, name)}
    assert "nothing to do" in fleet.helium("reconcile")
