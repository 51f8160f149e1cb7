"""What a look for drift takes for drift and what not, on a real Kubernetes API, and with whose rights it puts back."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.engine.clusters import Access
from helium.adapters.engine.drift import DriftFinder
from helium.adapters.engine.events import OWNERSHIP, SECRET_SIGNATURE
from helium.adapters.engine.export import State
from helium.adapters.engine.protocol import Job, Reply
from helium.adapters.kubernetes.cluster_api import ClusterApi
from helium.core.drift import DriftLook, RepairWay
from helium.core.stack import StackId
from tests.kubernetes import namespace, soon
from tools.cluster.api import KubernetesApi

RELEASE = "kubernetes:helm.sh/v3:Release"
RIGHTS = "/apis/rbac.authorization.k8s.io/v1"
KINDS = {
    "ConfigMap": "ConfigMap/v1",
    "ClusterRole": "ClusterRole.rbac.authorization.k8s.io/rbac.authorization.k8s.io/v1",
    "Deployment": "Deployment.apps/apps/v1",
    "HorizontalPodAutoscaler": "HorizontalPodAutoscaler.autoscaling/autoscaling/v2",
    "Job": "Job.batch/batch/v1",
    "Secret": "Secret/v1",
}


class HelmPlace:
    """A namespace with a release in it, as Helm and Pulumi would have left it."""

    def __init__(self, api: KubernetesApi, cluster: ClusterApi, *, name: str) -> None:
        self.api, self.cluster, self.name = api, cluster, name
        self.singles: list[dict[str, Any]] = []
        self.made: list[dict[str, Any]] = []
        self.known: list[dict[str, Any]] | None = None
        self.context = f"ci/{name}"
        self.records = 0

    def path(self, kind: str, name: str = "") -> str:
        """Where the API has this."""
        roots = {"apps": ("deployments",), "batch": ("jobs",), "autoscaling": ("horizontalpodautoscalers",)}
        group = next((group for group, kinds in roots.items() if kind in kinds), "")
        version = {"apps": "apis/apps/v1", "batch": "apis/batch/v1", "autoscaling": "apis/autoscaling/v2"}
        return f"/{version.get(group, 'api/v1')}/namespaces/{self.name}/{kind}" + (f"/{name}" if name else "")

    def install(self, *objects: dict[str, Any], status: str = "deployed", applied: bool = True) -> None:
        """Helm installs a chart that renders to these objects."""
        self.made, self.records = [*self.made, *objects], self.records + 1
        text = "".join(f"---\n{json.dumps(each)}\n" for each in self.made)
        body = gzip.compress(json.dumps({"manifest": text}).encode())
        release = base64.b64encode(base64.b64encode(body)).decode()
        labels = {"owner": "helm", "name": "app", "status": status, "version": str(self.records)}
        meta = {"name": f"sh.helm.release.v1.app.v{self.records}", "labels": labels}
        self.api.post(self.path("secrets"), {"metadata": meta, "data": {"release": release}})
        for each in objects if applied else ():
            plural = f"{each['kind'].lower()}s"
            notes = {"meta.helm.sh/release-name": "app", "meta.helm.sh/release-namespace": self.name}
            labels = {"app.kubernetes.io/managed-by": "Helm"}
            meta = {**each["metadata"], "annotations": notes, "labels": labels}
            self.api.post(self.path(plural), {**each, "metadata": meta})

    @property
    def state(self) -> State:
        """What Pulumi's state says."""
        names: dict[str, list[str]] = {}
        for each in self.made if self.known is None else self.known:
            names.setdefault(KINDS[each["kind"]], []).append(each["metadata"]["name"])
        provider = {"urn": "urn:provider", "type": "pulumi:providers:kubernetes", "inputs": {"context": self.context}}
        release = {
            "urn": "urn:app",
            "type": RELEASE,
            "custom": True,
            "provider": "urn:provider::id",
            "inputs": {"name": "app", "namespace": self.name, "timeout": 60},
            "outputs": {"resourceNames": names},
        }
        held = [provider, *self.singles, *([release] if self.records else [])]
        return State(StackId("acme.web", self.name), {"deployment": {"resources": held}})

    def single(self, kind: str, name: str, *, version: str = "v1", **fields: Any) -> None:
        """Pulumi makes an object by itself."""
        inputs = {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": self.name}, **fields}
        self.singles.append(
            {"urn": f"urn:{name}", "type": f"kubernetes:core/v1:{kind}", "custom": True, "inputs": inputs}
        )

    def finder(self) -> DriftFinder:
        """What looks here. No Pulumi is needed for what is in a cluster."""

        def run(job: Job) -> Reply:
            raise AssertionError(f"{job.args} was run")

        return DriftFinder(OneCluster(self.cluster), lambda _stack, *_flags: self.state, run)

    def look(self, *ignored: str) -> DriftLook:
        """What a look finds."""
        return self.finder().found(self.state.stack, ignored).look

    def put_back(self) -> DriftLook:
        """What is left after it was put back."""
        return self.finder().put_back(self.state.stack, ())


class OneCluster(Access):
    """Every stack lives in this cluster."""

    def __init__(self, cluster: ClusterApi) -> None:
        object.__setattr__(self, "_cluster", cluster)

    def api(self, ownership: object) -> ClusterApi:
        """The one."""
        return self._cluster  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def place(kubernetes: KubernetesApi, kubeconfig: Path) -> Iterator[HelmPlace]:
    """A namespace of the test's own, with the account that its releases act as."""
    context = str(json.loads(kubeconfig.read_text())["current-context"])
    with namespace(kubernetes) as name:
        place = HelmPlace(kubernetes, ClusterApi(kubeconfig, context), name=name)
        account = {"kind": "ServiceAccount", "name": "helium", "namespace": name}
        admin = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"}
        rights = {"metadata": {"name": "helium"}, "roleRef": admin, "subjects": [account]}
        kubernetes.post(f"{RIGHTS}/namespaces/{name}/rolebindings", rights)
        yield place


def config(name: str = "settings", **data: str) -> dict[str, Any]:
    """A ConfigMap of a chart."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(replicas: int) -> dict[str, Any]:
    """A Deployment as templates write them, with fields that are empty, and quantities in their own words."""
    container = {"name": "web", "image": "web:1", "command": None, "resources": {"limits": {"cpu": "0.5"}}}
    template = {"metadata": {"labels": {"app": "web"}, "creationTimestamp": None}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def said(look: DriftLook) -> list[str]:
    """The differences, as they are said."""
    return [str(each) for each in look.differences]


def test_what_an_autoscaler_sets_is_no_drift_and_zero_is(place: HelmPlace) -> None:
    """Within its limits; a Deployment at 0 was switched off by a person. Nobody resets what it set."""
    place.install(deployment(1))
    assert DriftLook() == place.look()
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    scaler = {"metadata": {"name": "web"}, "spec": {"minReplicas": 1, "maxReplicas": 3, "scaleTargetRef": target}}
    place.api.post(place.path("horizontalpodautoscalers"), scaler)

    path = place.path("deployments", "web")
    place.api.patch(path, {"spec": {"replicas": 3}})
    assert [] == said(place.look())
    place.api.patch(path, {"spec": {"paused": True, "minReadySeconds": 5}, "metadata": {"labels": {"more": "added"}}})
    assert [] == said(place.look())
    place.api.patch(path, {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}})
    assert {"Deployment/web: spec.template.spec.containers[web].image is web:2 and was made as web:1"} <= {
        *said(place.look())
    }
    assert [] == said(place.put_back())
    assert 3 == place.api.get(path)["spec"]["replicas"]

    place.api.patch(path, {"spec": {"replicas": 0}})
    assert ["Deployment/web: spec.replicas is 0 and was made as 1"] == said(place.look())
    assert [] == said(place.look("Deployment/*:spec.replicas"))


def test_what_goes_by_itself_is_not_missed(place: HelmPlace) -> None:
    """A Job that removes itself; one that does not is missed, and made again with what Helm writes on everything."""
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "one", "image": "one:1"}]}}
    job: dict[str, Any] = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": template}}
    kept, gone = ({**job, "metadata": {"name": name}} for name in ("kept", "gone"))
    place.install(kept, {**gone, "spec": {**job["spec"], "ttlSecondsAfterFinished": 60}}, applied=False)

    assert ["Job/kept is gone"] == said(place.look())
    assert [] == said(place.look("Job/kept"))
    assert [] == said(place.put_back())
    notes = place.api.get(place.path("jobs", "kept"))["metadata"]["annotations"]
    assert "app" == notes["meta.helm.sh/release-name"]
    assert not place.api.has(place.path("jobs", "gone"))


def test_what_can_no_longer_be_set_is_said_and_not_repaired(place: HelmPlace) -> None:
    """Somebody has made another object under its name: only another one could have what it was made with."""
    place.install(config(key="one"))
    place.api.delete(place.path("configmaps", "settings"))
    place.api.post(place.path("configmaps"), {"metadata": {"name": "settings"}, "immutable": True, "data": {}})

    (field,) = place.look().differences
    assert ("data", "cannot be set back", RepairWay.NOTHING) == (field.field, field.what, field.repair)
    assert [str(field)] == said(place.put_back())


def test_what_is_being_deleted_is_left_alone(place: HelmPlace) -> None:
    """It is neither there nor gone."""
    place.install(config(key="one"))
    path = place.path("configmaps", "settings")
    place.api.patch(path, {"metadata": {"finalizers": ["example.com/keeps-it"]}})
    place.api.delete(path)

    assert ["ConfigMap/settings is being deleted"] == said(place.look())
    assert not place.look().can_be_repaired
    place.api.patch(path, {"metadata": {"finalizers": None}})
    assert soon(lambda: not place.api.has(path))


def test_nothing_is_put_into_a_namespace_that_is_gone(place: HelmPlace) -> None:
    """An update makes the namespace and all that was in it; until then nothing is put back by itself."""
    place.install(config(key="one"))
    place.single("Namespace", f"gone-{place.name}")
    place.singles[0]["inputs"]["metadata"].pop("namespace")
    place.api.patch(place.path("configmaps", "settings"), {"data": {"key": "two"}})

    left = place.put_back()
    ways = {each.where.partition("/")[0]: each.repair for each in left.differences}
    assert {"Namespace": RepairWay.UPDATE, "ConfigMap": RepairWay.APPLY} == ways
    assert "two" == place.api.get(place.path("configmaps", "settings"))["data"]["key"]


def test_single_objects_are_compared_with_what_the_state_says(place: HelmPlace) -> None:
    """Secrets as they were sent; only the field is named. A kind that nobody serves is never called in step."""
    hidden = {SECRET_SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps("hunter2")}
    place.single("Secret", "login", stringData={"password": hidden, "__internal": "x"})
    place.single("Thing", "strange", version="example.com/v1")
    plain = base64.b64encode(b"hunter2").decode()
    place.api.post(place.path("secrets"), {"metadata": {"name": "login"}, "data": {"password": plain}})
    (unseen,) = place.look().unseen
    assert "Thing/strange: the cluster" in unseen
    assert [] == said(place.look())

    changed = base64.b64encode(b"letmein").decode()
    place.api.patch(place.path("secrets", "login"), {"data": {"password": changed}})
    assert ["Secret/login: data.password was changed"] == said(place.look())
    assert [] == said(place.put_back())
    assert plain == place.api.get(place.path("secrets", "login"))["data"]["password"]


def test_a_helm_at_work_and_a_record_that_nobody_can_read_are_not_in_step(place: HelmPlace) -> None:
    """What it is to be is not known then."""
    place.install(config(key="one"))
    place.install(status="pending-upgrade", applied=False)
    assert DriftLook(unseen=("Release/app is not deployed, but pending-upgrade",)) == place.look()

    place.install(status="failed", applied=False)
    assert ["Release/app is not deployed"] == said(place.look())

    place.records += 1
    labels = {"owner": "helm", "name": "app", "status": "deployed", "version": str(place.records)}
    place.api.post(place.path("secrets"), {"metadata": {"name": "torn", "labels": labels}, "data": {}})
    (unseen,) = place.look().unseen
    assert "torn cannot be read" in unseen


def test_a_record_does_not_say_what_is_looked_at(place: HelmPlace, kubernetes: KubernetesApi) -> None:
    """Whoever may write a Secret in the namespace can name anything: only what Pulumi knows is looked at."""
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "cluster-admin"}}
    place.install(config(key="one"))
    place.known = [*place.made, config("hidden")]
    place.install({**role, "rules": []}, applied=False)

    look = place.look()
    assert () == look.differences
    assert ["ClusterRole", "ConfigMap"] == sorted(each.partition(" ")[0] for each in look.unseen)


def test_releases_are_put_back_with_their_own_rights(place: HelmPlace) -> None:
    """A record that somebody forged makes nothing outside of the namespace, though Pulumi knows an object so named."""
    name = f"forged-{place.name}"
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}
    place.install(config(key="one"))
    place.install({**role, "rules": rules}, applied=False)
    place.api.patch(place.path("configmaps", "settings"), {"data": {"key": "two"}})

    assert [f"ClusterRole/{name} is gone"] == said(place.put_back())
    assert not place.api.has(f"{RIGHTS}/clusterroles/{name}")
    assert "one" == place.api.get(place.path("configmaps", "settings"))["data"]["key"]


def test_with_the_rights_of_the_pass_only_plain_objects_are_put_back(place: HelmPlace) -> None:
    """A release of the whole cluster: its ConfigMap is, and a role and another namespace are left to Helm's chart."""
    name = f"forged-{place.name}"
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}
    elsewhere = {**config("elsewhere"), "metadata": {"name": f"of-{place.name}", "namespace": "default"}}
    place.install(config(key="one"))
    place.install({**role, "rules": []}, elsewhere, applied=False)
    place.known = [*place.made[:2], {**elsewhere, "metadata": {"name": f"default/of-{place.name}"}}]
    place.context = "ci"
    place.api.patch(place.path("configmaps", "settings"), {"data": {"key": "two"}})

    assert [f"ClusterRole/{name} is gone", f"ConfigMap/of-{place.name} is gone"] == said(place.put_back())
    assert not place.api.has(f"{RIGHTS}/clusterroles/{name}")
    assert not place.api.has(f"/api/v1/namespaces/default/configmaps/of-{place.name}")
    assert "one" == place.api.get(place.path("configmaps", "settings"))["data"]["key"]
    assert frozenset({"urn:app"}) == place.finder().found(place.state.stack, ()).releases


def test_a_state_in_doubt_is_not_looked_at(place: HelmPlace) -> None:
    """A run was cut short: what is to be there is not known."""
    pending = ({"type": "creating", "resource": {"urn": "urn:x", "type": OWNERSHIP}},)
    document: Mapping[str, Any] = {"deployment": {"resources": [], "pending_operations": list(pending)}}
    doubtful = State(StackId("acme.web", place.name), document)

    def run(job: Job) -> Reply:
        raise AssertionError(f"{job.args} was run")

    finder = DriftFinder(OneCluster(place.cluster), lambda _stack, *_flags: doubtful, run)
    assert "a run was cut short" in finder.found(doubtful.stack, ()).look.unseen[0]
