"""What people change in a cluster, seen by `helium drift`: a real Kubernetes API, real commands, Pulumi and Helm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from helium.core.digest import Json
from helium.errors import ExitCode
from tests.adapters import git_repos
from tests.cluster_fleet import ClusterFleet
from tests.kubernetes import soon
from tests.stacks.instance_fleet import instance, new_fleet, settings
from tools.cluster.api import KubernetesApi

SPEC = "backend: {}\nowner: ada@example.com\nreplicas: 2\n"
NET = "/apis/networking.k8s.io/v1/namespaces"


@dataclass(frozen=True, slots=True)
class Lived:
    """A fleet and its workspaces, by what becomes of them."""

    fleet: ClusterFleet
    kubeconfig: Path
    changed: str
    lost: str
    wide: str

    def set(self, *, ignore: tuple[str, ...] = (), **more: Json) -> None:
        """Somebody pushes these settings."""
        backends = {
            "shop": instance(**({"drift": {"ignore": list(ignore)}} if ignore else {})),
            "wide": instance(clusterWide=True, outputs=None, connect=None, releases=with_role()),
        }
        text = settings(backends, cluster=str(self.kubeconfig), **more)
        git_repos.land(self.fleet.folder, {"helium.yaml": text}, time=datetime.now(UTC))


def with_role() -> dict[str, Json]:
    """The releases, one of which has a role of the whole cluster."""
    plain = instance()["releases"]
    return {**plain, "app": {**plain["app"], "values": {**plain["app"]["values"], "clusterRole": True}}}


@pytest.fixture(scope="module")
def lived_in(kubernetes: KubernetesApi, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Three workspaces, one of them with rights in the whole cluster."""
    fleet = new_fleet(tmp_path_factory.mktemp("drift") / "acme", kubernetes, kubeconfig=kubeconfig)
    names = [f"{letter}{uuid4().hex[:6]}" for letter in "clw"]
    lived = Lived(fleet, kubeconfig, *names)
    lived.set()
    fleet.land(**{name: SPEC.format("wide" if name == lived.wide else "shop") for name in names})
    fleet.helium("reconcile")
    yield lived
    for name in names:
        kubernetes.delete(f"/api/v1/namespaces/{name}")


def change_by_hand(fleet: ClusterFleet, name: str) -> Mapping[str, str]:
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


def objects(api: KubernetesApi, name: str) -> Mapping[str, Json]:
    """Every object in a namespace that people make, without what the cluster itself writes into it at any moment."""
    kinds = ("configmaps", "secrets", "services", "resourcequotas", "limitranges", "serviceaccounts")
    paths = [f"/api/v1/namespaces/{name}/{kind}" for kind in kinds]
    paths += [f"/apis/apps/v1/namespaces/{name}/{kind}" for kind in ("deployments", "statefulsets")]
    paths += [f"{NET}/{name}/{kind}" for kind in ("ingresses", "networkpolicies")]
    return {f"{path}/{one['metadata']['name']}": by_people(one) for path in paths for one in api.items(path)}


def by_people(one: Mapping[str, Json]) -> Json:
    """An object; one with a status without that, and without the version, since a controller writes when it likes."""
    if "status" not in one:
        return one
    metadata = {key: value for key, value in one["metadata"].items() if key not in {"resourceVersion", "managedFields"}}
    return {**{key: value for key, value in one.items() if key != "status"}, "metadata": metadata}


def files(fleet: ClusterFleet) -> Mapping[str, bytes]:
    """The state, and what git has of main and the ledger."""
    state = [path for path in (fleet.folder / ".helium" / "state").rglob("*") if path.is_file()]
    refs = [path for path in (fleet.folder / ".git" / "refs" / "heads").rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in (*state, *refs)}


def test_what_people_change_is_found_by_field_and_nothing_else(lived_in: Lived) -> None:
    """No false finding before; each change by its place; no secret is said, and nothing is written anywhere."""
    fleet, name = lived_in.fleet, lived_in.changed
    before = objects(fleet.api, name)
    assert {} == found(fleet, name, code=ExitCode.DONE)
    assert before == objects(fleet.api, name)

    changed = change_by_hand(fleet, name)
    before, kept = objects(fleet.api, name), files(fleet)
    said = fleet.helium("drift", code=ExitCode.DRIFTED)
    assert changed == found(fleet, name)
    assert (before, kept) == (objects(fleet.api, name), files(fleet))
    assert "Deployment/app: spec.replicas is 0 and was made as 2" in said
    assert not any(text in said for text in ("password-of-the-cache", "guessed", "Defaced", "Hello"))

    lived_in.set(ignore=("Deployment/*:spec.replicas",))
    assert {*changed} - {"Deployment/app:spec.replicas"} == {*found(fleet, name)}
    assert "nothing to do" in fleet.helium("reconcile")


def test_a_pass_puts_it_right_each_by_what_does(lived_in: Lived, kubeconfig: Path) -> None:
    """What was found above, a release without its record, and one of the whole cluster: shown first, then put right.

    Objects are put back by themselves, so Helm makes nothing else of their chart again. A second look finds nothing.
    """
    fleet, changed, lost, wide = lived_in.fleet, lived_in.changed, lived_in.lost, lived_in.wide
    fleet.api.delete(f"/api/v1/namespaces/{lost}/secrets/sh.helm.release.v1.app.v1")
    fleet.api.patch(f"/apis/apps/v1/namespaces/{wide}/deployments/app-{wide}", {"spec": {"replicas": 0}})
    fleet.api.delete(f"/apis/rbac.authorization.k8s.io/v1/clusterroles/app-{wide}-reads-nodes")
    assert {"Release/app": "is gone"} == found(fleet, lost)
    lived_in.set(drift={"every": "1h", "repair": False})
    assert "nothing to do" in fleet.helium("reconcile")
    assert 3 == fleet.helium("list").count("drifted since")
    shown = fleet.row(changed)
    assert ("ready", 8) == (shown["status"], len(shown["drift"]["found"]))

    lived_in.set(drift={"every": "1h"})
    assert 3 == fleet.helium("plan").count("It has drifted since")
    assert "Deployment/app: spec.replicas is 0" in fleet.helium("why", changed)
    fleet.helium("reconcile")
    assert [{}] * 3 == [found(fleet, name, code=ExitCode.DONE) for name in (changed, lost, wide)]
    assert [] == fleet.row(changed)["drift"]["found"]
    assert ["app.v1", "cache.v1"] == fleet.releases(changed)
    assert [f"app-{wide}.v2", f"cache-{wide}.v1"] == fleet.releases(wide)
    assert fleet.api.has(f"/apis/rbac.authorization.k8s.io/v1/clusterroles/app-{wide}-reads-nodes")
    (port,) = fleet.api.get(f"/api/v1/namespaces/{changed}/services/cache")["spec"]["ports"]
    assert 6379 == port["port"]
    assert soon(lambda: 3 == len(fleet.names(f"/api/v1/namespaces/{changed}/pods")))
    assert "nothing to do" in fleet.helium("reconcile")
