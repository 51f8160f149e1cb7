"""What became of a stack's half in its cluster: which records are stuck, what is gone, and what nobody may touch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.engine.cluster_half import Findings, Release, ReleaseLook, look, looked, marked, releases_in
from helium.adapters.engine.export import State
from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError, ObjectRef
from helium.adapters.kubernetes.helm_records import HelmRecord
from helium.core.stack import StackId
from helium.errors import EngineError
from tests.kubernetes import namespace
from tools.cluster.api import KubernetesApi

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
KIND = "kubernetes:helm.sh/v3:Release"
RIGHTS = "/apis/rbac.authorization.k8s.io/v1/clusterroles"


def release(name: str = "web", *, within: str = "a", **outputs: list[str]) -> dict[str, Any]:
    """A release as a state holds it; `outputs`: the names of its objects, by a kind of one word."""
    kinds = {"role": "ClusterRole.rbac.authorization.k8s.io/rbac.authorization.k8s.io/v1", "config": "ConfigMap/v1"}
    names = {kinds[key]: value for key, value in outputs.items()}
    inputs = {"name": name, "namespace": within, "timeout": 60}
    return {"urn": f"urn:{name}", "type": KIND, "inputs": inputs, "outputs": {"resourceNames": names}}


def config(name: str, *, within: str, version: str = "v1", kind: str = "ConfigMap") -> dict[str, Any]:
    """A single object as a state holds it."""
    inputs = {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": within}}
    return {"urn": f"urn:{name}", "type": f"kubernetes:core/v1:{kind}", "inputs": inputs}


def state(*resources: Any, pending: tuple[Any, ...] = ()) -> State:
    """An export with these."""
    deployment = {"resources": list(resources), "pending_operations": list(pending)}
    return State(StackId("acme.web", "a"), {"deployment": deployment})


def test_the_releases_of_a_state_and_what_is_begun_on_them() -> None:
    """A pending create is looked for as well; the names of objects say where each lives."""
    held = release("web", role=["web"], config=["plain", "kube-system/far"])
    made = release("cache")
    pending = ({"type": "updating", "resource": held}, {"type": "creating", "resource": made})
    found = {each.name: each for each in releases_in(state(held, pending=pending))}

    assert ({"web", "cache"}, True, False) == ({*found}, found["web"].held, found["cache"].held)
    assert (True, timedelta(seconds=60)) == (found["web"].at_work, found["web"].limit)
    assert {
        ObjectRef("rbac.authorization.k8s.io/v1", "ClusterRole", "web", "a"),
        ObjectRef("v1", "ConfigMap", "plain", "a"),
        ObjectRef("v1", "ConfigMap", "far", "kube-system"),
    } == {*found["web"].objects}


LONG, JUST = timedelta(seconds=61), timedelta(seconds=59)
OLD, NEW = ("deployed", LONG), ("pending-upgrade", JUST)


@pytest.mark.parametrize(
    ("at_work", "records", "expected"),
    [
        pytest.param(False, [OLD], (0, False, False, False), id="all is well"),
        pytest.param(False, [OLD, NEW], (0, True, False, False), id="somebody's Helm may be at work"),
        pytest.param(True, [OLD, NEW], (1, False, False, True), id="ours was killed"),
        pytest.param(False, [OLD, ("pending-upgrade", LONG)], (1, False, False, True), id="somebody's is over"),
        pytest.param(True, [("pending-install", JUST)], (1, False, True, False), id="nothing to go on from"),
        pytest.param(True, [OLD], (0, False, False, True), id="killed before or after Helm"),
        pytest.param(False, [OLD, ("failed", LONG)], (0, False, False, True), id="it failed"),
        pytest.param(False, [("uninstalling", LONG)], (1, False, True, False), id="killed while it went"),
        pytest.param(False, [], (0, False, True, False), id="deleted by hand"),
    ],
)
def test_what_the_records_say(
    at_work: bool, records: list[tuple[str, timedelta]], expected: tuple[int, bool, bool, bool]
) -> None:
    """How many records are stuck, whether somebody is at work, whether all is gone, whether Helm must act again."""
    one = Release("urn:web", "web", "a", timedelta(seconds=60), held=True, at_work=at_work, objects=())
    secret = ObjectRef("v1", "Secret", "s", "a")
    known = tuple(HelmRecord(status, number, NOW - since, secret, {}) for number, (status, since) in enumerate(records))
    it = ReleaseLook(one, known, (), NOW)

    assert expected == (len(it.stuck), it.others_at_work is not None, it.is_gone, it.must_act)
    # An object of it is missing: Helm has to act, if it can go on from something, and nobody else is at work.
    assert ReleaseLook(one, known, (secret,), NOW).must_act != (it.is_gone or it.others_at_work is not None)


def test_a_mark_makes_pulumi_update_the_release_alone() -> None:
    """The init error is Pulumi's own reason to update what does not differ."""
    one = release("web")
    assert (one, True) == (marked(one, frozenset()), "initErrors" in marked(one, frozenset({"urn:web"})))


@pytest.fixture
def api(kubeconfig: Path) -> ClusterApi:
    """The cluster of this run, by its current context."""
    return ClusterApi(kubeconfig, str(json.loads(kubeconfig.read_text())["current-context"]))


@pytest.fixture
def home(kubernetes: KubernetesApi) -> Iterator[str]:
    """A namespace of the test's own."""
    with namespace(kubernetes) as name:
        yield name


def of_helm(name: str, *, release: str, within: str) -> dict[str, Any]:
    """An object as Helm makes it for a release."""
    notes = {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": within}
    return {"metadata": {"name": name, "annotations": notes, "labels": {"app.kubernetes.io/managed-by": "Helm"}}}


def test_only_what_says_that_it_is_the_releases_goes(kubernetes: KubernetesApi, api: ClusterApi, home: str) -> None:
    """Helm no longer knows the release: its own cluster role goes, one that another release has taken over stays."""
    own, others, plain = (f"{kind}-{home}" for kind in ("own", "others", "plain"))
    kubernetes.post(RIGHTS, of_helm(own, release="web", within=home))
    kubernetes.post(RIGHTS, of_helm(others, release="web", within="elsewhere"))
    kubernetes.post(RIGHTS, {"metadata": {"name": plain}})
    names = [own, others, plain, f"never-{home}"]

    with looked(state(release(within=home, role=names)), api, ends=True, renew=False) as (found, held_up):
        assert (Findings(frozenset({"urn:web"})), "") == (found, held_up)
    assert [False, True, True] == [kubernetes.has(f"{RIGHTS}/{name}") for name in (own, others, plain)]
    for name in (others, plain):
        kubernetes.delete(f"{RIGHTS}/{name}")


def test_what_helm_still_knows_is_left_to_helm(kubernetes: KubernetesApi, api: ClusterApi, home: str) -> None:
    """Its objects go with the release, in the order that its chart says."""
    kubernetes.post(RIGHTS, of_helm(f"own-{home}", release="web", within=home))
    labels = {"owner": "helm", "name": "web", "status": "deployed", "version": "1"}
    kubernetes.post(f"/api/v1/namespaces/{home}/secrets", {"metadata": {"name": "r1", "labels": labels}})

    with looked(state(release(within=home, role=[f"own-{home}"])), api, ends=True, renew=False) as (found, _):
        assert not found
    assert kubernetes.has(f"{RIGHTS}/own-{home}")
    kubernetes.delete(f"{RIGHTS}/own-{home}")


def test_gone_is_what_the_cluster_says_is_not_there(kubernetes: KubernetesApi, api: ClusterApi, home: str) -> None:
    """What is there is not gone. Where the cluster does not serve a kind, nobody can tell."""
    kubernetes.post(f"/api/v1/namespaces/{home}/configmaps", {"metadata": {"name": "there"}})
    strange = config("strange", within=home, version="example.com/v1", kind="Thing")
    found = look(state(config("there", within=home), config("gone", within=home), strange), api, now=NOW)

    assert frozenset({"urn:gone"}) == found.gone_objects


def test_what_is_being_deleted_is_waited_for(kubernetes: KubernetesApi, api: ClusterApi, home: str) -> None:
    """It is not gone, and nothing can be made in its place."""
    ending = {"metadata": {"name": "ending", "finalizers": ["example.com/keeps-it"]}}
    path = f"/api/v1/namespaces/{home}/configmaps"
    kubernetes.post(path, ending)
    kubernetes.delete(f"{path}/ending")

    with looked(state(config("ending", within=home)), api, ends=False, renew=False) as (found, held_up):
        assert not found
        assert f"somebody has deleted ConfigMap {home}/ending" in held_up
    kubernetes.patch(f"{path}/ending", {"metadata": {"finalizers": None}})


def test_a_changed_object_is_another_one(kubernetes: KubernetesApi, api: ClusterApi, home: str) -> None:
    """Whoever looked at it before has not seen what it is now."""
    path, ref = f"/api/v1/namespaces/{home}/configmaps", ObjectRef("v1", "ConfigMap", "one", home)
    kubernetes.post(path, {"metadata": {"name": "one"}})
    seen = api.meta(ref)
    assert seen is not None
    kubernetes.patch(f"{path}/one", {"data": {"new": "content"}})

    assert (False, True) == (api.delete(ref, seen=seen), kubernetes.has(f"{path}/one"))
    newest = api.meta(ref)
    assert newest is not None
    assert (True, True) == (api.delete(ref, seen=newest), api.delete(ref, seen=newest))


def test_a_refusal_is_not_an_absence(kubernetes: KubernetesApi, kubeconfig: Path, home: str, tmp_path: Path) -> None:
    """Whoever may not read an object cannot say that it is gone."""
    document = json.loads(kubeconfig.read_text())
    document["users"][0]["user"] = {"token": "of-nobody"}
    (tmp_path / "kubeconfig").write_text(json.dumps(document))
    api = ClusterApi(tmp_path / "kubeconfig", document["current-context"])
    kubernetes.post(f"/api/v1/namespaces/{home}/configmaps", {"metadata": {"name": "there"}})

    # How its kind is addressed is known from before: only the object itself is refused.
    api._kinds["v1"] = {"ConfigMap": {"name": "configmaps", "namespaced": True}}
    with pytest.raises(ClusterError, match="refused: Unauthorized"):
        look(state(config("there", within=home)), api, now=NOW)


def test_a_cluster_that_refuses_is_an_error(kubeconfig: Path, tmp_path: Path) -> None:
    """401 is no proof that anything is gone; the sentence has the cluster's own words."""
    document = json.loads(kubeconfig.read_text())
    document["users"][0]["user"] = {"token": "of-nobody"}
    (tmp_path / "kubeconfig").write_text(json.dumps(document))
    api = ClusterApi(tmp_path / "kubeconfig", document["current-context"])

    with (
        pytest.raises(EngineError, match=r"refused: Unauthorized: .*; nothing was changed"),
        looked(state(release()), api, ends=True, renew=False),
    ):
        pass
