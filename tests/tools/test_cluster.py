"""The cluster for tests: what its API does, and that nothing of it is left, however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.kubernetes import namespace, soon
from tests.tools.programs import environ
from tools.cluster import EndedError, free_ports, running
from tools.cluster.api import KubernetesApi, KubernetesApiError
from tools.make import ROOT
from tools.progress import SetupError

# A person's cluster is theirs: it may give no address, and no volume.
pytestmark = pytest.mark.skipif(
    bool(os.environ.get("HELIUM_TEST_KUBECONFIG")), reason="these are about the cluster for tests"
)

# A namespace waits for half of the time that its pods may take.
POD: Mapping[str, Any] = {
    "containers": [{"name": "main", "image": "example.com/nothing"}],
    "terminationGracePeriodSeconds": 1,
}


@pytest.fixture
def place(kubernetes: KubernetesApi) -> Iterator[str]:
    """The path of a namespace of the test's own."""
    with namespace(kubernetes) as name:
        yield f"/api/v1/namespaces/{name}"


def app(kind: str, **more: Any) -> Mapping[str, Any]:
    """A Deployment or StatefulSet of one pod."""
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": POD}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template, **more}
    return {"kind": kind, "metadata": {"name": "web"}, "spec": spec}


def apps(place: str) -> str:
    """The path of a namespace in the group `apps`."""
    return place.replace("/api/v1/", "/apis/apps/v1/")


def claim(**spec: Any) -> Mapping[str, Any]:
    """A claim of one gigabyte."""
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"metadata": {"name": "data"}, "spec": wanted}


def test_a_deployment_gets_ready(kubernetes: KubernetesApi, place: str) -> None:
    """Its pod is made, gets the node, and says that it is ready; a new revision replaces it."""
    kubernetes.post(f"{apps(place)}/deployments", app("Deployment"))

    def ready() -> bool:
        found = kubernetes.get(f"{apps(place)}/deployments/web")
        status = found["status"]
        return bool(
            status.get("observedGeneration") == found["metadata"]["generation"]
            and 1 == status.get("readyReplicas") == status.get("updatedReplicas") == status.get("replicas")
        )

    assert soon(ready)
    changed = {"spec": {"template": {"metadata": {"annotations": {"revision": "2"}}}}}
    kubernetes.patch(f"{apps(place)}/deployments/web", changed)
    assert soon(ready)


def test_a_stateful_set_gets_its_volume(kubernetes: KubernetesApi, place: str) -> None:
    """The pod waits for its claim, which is bound."""
    templates = [claim()]
    kubernetes.post(
        f"{apps(place)}/statefulsets", app("StatefulSet", serviceName="web", volumeClaimTemplates=templates)
    )

    assert soon(lambda: kubernetes.get(f"{apps(place)}/statefulsets/web")["status"].get("readyReplicas") == 1)
    assert ["Bound"] == [each["status"]["phase"] for each in kubernetes.items(f"{place}/persistentvolumeclaims")]


def test_a_job_ends_and_a_daemon_set_gets_ready(kubernetes: KubernetesApi, place: str) -> None:
    """A chart's hooks are Jobs, which Helm waits for; a puller of images is a DaemonSet."""
    once = {"template": {"spec": {**POD, "restartPolicy": "Never"}}}
    jobs = f"{place.replace('/api/v1/', '/apis/batch/v1/')}/jobs"
    kubernetes.post(jobs, {"metadata": {"name": "hook"}, "spec": once})
    labels = {"app": "puller"}
    each = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": POD}}
    kubernetes.post(f"{apps(place)}/daemonsets", {"metadata": {"name": "puller"}, "spec": each})

    assert soon(lambda: kubernetes.get(f"{jobs}/hook")["status"].get("succeeded") == 1)
    assert soon(lambda: kubernetes.get(f"{apps(place)}/daemonsets/puller")["status"].get("numberReady") == 1)


@pytest.mark.parametrize("chosen", [{}, {"storageClassName": ""}, {"storageClassName": "premium"}])
def test_a_volume_lives_as_long_as_its_claim(kubernetes: KubernetesApi, place: str, chosen: Mapping[str, str]) -> None:
    """A claim of any class, or of none, gets a volume; when the claim goes, the volume goes."""
    kubernetes.post(f"{place}/persistentvolumeclaims", claim(**chosen))
    bound = soon(lambda: kubernetes.get(f"{place}/persistentvolumeclaims/data")["status"].get("phase") == "Bound")
    volume = kubernetes.get(f"{place}/persistentvolumeclaims/data")["spec"]["volumeName"]

    kubernetes.delete(f"{place}/persistentvolumeclaims/data")

    assert bound
    assert soon(lambda: not kubernetes.has(f"/api/v1/persistentvolumes/{volume}"))


def test_a_load_balancer_gets_its_address_late(kubernetes: KubernetesApi, place: str) -> None:
    """It has none when it is created, and one soon after. Other services get none."""
    for name, kind in (("outside", "LoadBalancer"), ("inside", "ClusterIP")):
        spec = {"type": kind, "selector": {"app": "web"}, "ports": [{"port": 80}]}
        created = kubernetes.post(f"{place}/services", {"metadata": {"name": name}, "spec": spec})
        assert {} == created["status"]["loadBalancer"]

    found = soon(lambda: kubernetes.get(f"{place}/services/outside")["status"]["loadBalancer"].get("ingress"))

    assert found[0]["ip"]
    assert {} == kubernetes.get(f"{place}/services/inside")["status"]["loadBalancer"]


def test_a_namespace_goes_with_all_that_is_in_it(kubernetes: KubernetesApi) -> None:
    """Its deletion finishes, with a pod and a volume in it."""
    with namespace(kubernetes) as name:
        place = f"/api/v1/namespaces/{name}"
        kubernetes.post(f"{place}/persistentvolumeclaims", claim())
        kubernetes.post(f"{apps(place)}/deployments", app("Deployment"))
        soon(lambda: kubernetes.items(f"{place}/pods"))

    assert soon(lambda: not kubernetes.has(place))


def test_an_account_has_the_rights_that_it_was_given(kubernetes: KubernetesApi, place: str) -> None:
    """A token of a service account that may view a namespace reads its pods, no secret, and no other namespace."""
    name = place.rpartition("/")[2]
    kubernetes.post(f"{place}/serviceaccounts", {"metadata": {"name": "viewer"}})
    rights = place.replace("/api/v1/", "/apis/rbac.authorization.k8s.io/v1/") + "/rolebindings"
    subject = {"kind": "ServiceAccount", "name": "viewer", "namespace": name}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    kubernetes.post(rights, {"metadata": {"name": "viewer"}, "subjects": [subject], "roleRef": role})
    asked = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": {}}
    token = kubernetes.post(f"{place}/serviceaccounts/viewer/token", asked)["status"]["token"]
    viewer = kubernetes.with_token(token)

    assert [] == list(viewer.items(f"{place}/pods"))
    for path in (f"{place}/secrets", "/api/v1/namespaces/kube-system/pods"):
        with pytest.raises(KubernetesApiError, match="403"):
            viewer.get(path)


@pytest.mark.slow
def test_two_at_once_and_each_ends_whole() -> None:
    """Two start beside each other. One is killed, the other's parent ends, and then nothing of them is left."""
    parent = subprocess.Popen(["sleep", "600"])
    keepers = [
        subprocess.Popen(
            [sys.executable, "-m", "tools", "cluster", "--parent", str(pid)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for pid in (os.getpid(), parent.pid)
    ]
    folders = [Path((each.stdout or sys.stdin).readline().strip()).parent for each in keepers]
    assert all(soon(KubernetesApi.of(folder / "kubeconfig").is_ready) for folder in folders)
    assert all(len(processes_of(folder)) > 5 for folder in folders)

    keepers[0].kill()
    assert soon(lambda: not processes_of(folders[0]) and not folders[0].exists())
    assert soon(KubernetesApi.of(folders[1] / "kubeconfig").is_ready)
    parent.kill()
    parent.wait()

    assert [-signal.SIGKILL, 128 + signal.SIGTERM] == [each.wait(60) for each in keepers]
    assert ([], False) == (processes_of(folders[1]), folders[1].exists())


@pytest.mark.slow
def test_a_parent_that_is_gone_before_the_cluster_is_up(tmp_path: Path) -> None:
    """A run that was killed while its cluster starts leaves none behind."""
    parent = subprocess.Popen(["true"])
    parent.wait()
    command = [sys.executable, "-m", "tools", "cluster", "--parent", str(parent.pid)]
    keeper = subprocess.run(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}, timeout=120, check=False)

    assert (128 + signal.SIGTERM, []) == (keeper.returncode, list(tmp_path.iterdir()))
    assert [] == processes_of(tmp_path)


@pytest.mark.slow
def test_a_lost_race_for_a_port_and_a_part_that_dies() -> None:
    """A cluster whose ports were taken in the last moment takes others. One with a dead part says which one it is."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        mine = taken.getsockname()[1]
        tries = [[mine, *free_ports()[1:]], [*free_ports()[:1], mine, free_ports()[2]], free_ports()]
        with running(ports=lambda: tries.pop(0)) as cluster:
            assert [] == tries
            version = cluster.api.get("/version")
            (pid,) = [pid for pid, words in processes_of(cluster.kubeconfig.parent) if "kube-scheduler" in words]
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(EndedError, match="kube-scheduler"):
                soon(cluster.check)

    assert ("v1.35.4", "1", "35") == (version["gitVersion"], version["major"], version["minor"])


def test_without_its_parts_it_says_how_to_get_them(tmp_path: Path) -> None:
    """Nothing is built behind a test's back, and nothing is started by half."""
    with pytest.raises(SetupError, match="python3 -m tools setup etcd kubernetes kwok"), running(environ(tmp_path)):
        pass


def processes_of(folder: Path) -> list[tuple[int, str]]:
    """Every process that has the folder in its command line."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    lines = (line.strip().partition(" ") for line in listed.splitlines() if str(folder) in line)
    return [(int(pid), words) for pid, _, words in lines]
