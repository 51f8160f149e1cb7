"""The command lines of a cluster's parts: what makes them small, quick and alone. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.processes import Command

NODE = "node"
# With the node-lifecycle controllers the node would soon count as dead, since no kubelet reports for it.
_CONTROLLERS = "*,-nodeipam,-cloud-node-lifecycle,-node-lifecycle-controller,-taint-eviction-controller"
_ALONE = ("--leader-elect=false", "--secure-port=0")
_CAPACITY = {"cpu": "256", "memory": "1Ti", "pods": "10000", "ephemeral-storage": "10Ti"}

NODE_OBJECT: Mapping[str, object] = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}},
    "status": {"capacity": _CAPACITY, "allocatable": _CAPACITY},
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of one cluster is. `port` is the API's, `store` and `peers` are etcd's."""

    folder: Path
    port: int
    store: int
    peers: int

    @property
    def address(self) -> str:
        """The API's."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        """The API server makes it for itself, with the key beside it."""
        return self.folder / "certificates" / "apiserver.crt"

    @property
    def key(self) -> Path:
        """It signs the tokens of service accounts, too."""
        return self.certificate.with_suffix(".key")

    @property
    def tokens(self) -> Path:
        """Who may sign in with which token."""
        return self.folder / "tokens.csv"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.folder / "kubeconfig"


def etcd(bin: Path, at: Layout) -> Command:
    """The store. It need not survive a power cut."""
    store, peers = f"http://127.0.0.1:{at.store}", f"http://127.0.0.1:{at.peers}"
    return [
        bin / "etcd",
        f"--data-dir={at.folder / 'etcd'}",
        f"--listen-client-urls={store}",
        f"--advertise-client-urls={store}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",
        "--log-level=error",
    ]


def api_server(bin: Path, at: Layout) -> Command:
    """The API. It knows rights (RBAC). A pod needs no service account, since nothing in it runs."""
    return [
        bin / "kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{at.store}",
        # In the store of another cluster, which was quicker to take that port, it would change nothing.
        f"--etcd-prefix=/{at.folder.name}",
        f"--cert-dir={at.certificate.parent}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={at.port}",
        f"--token-auth-file={at.tokens}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={at.key}",
        f"--service-account-signing-key-file={at.key}",
        "--disable-admission-plugins=ServiceAccount",
        "--endpoint-reconciler-type=none",
        "--allow-privileged=true",
    ]


def controller_manager(bin: Path, at: Layout) -> Command:
    """What makes pods of deployments, binds claims, and finishes the deletion of namespaces."""
    return [
        bin / "kube-controller-manager",
        f"--kubeconfig={at.kubeconfig}",
        f"--controllers={_CONTROLLERS}",
        f"--service-account-private-key-file={at.key}",
        *_ALONE,
    ]


def scheduler(bin: Path, at: Layout) -> Command:
    """What gives each pod its node."""
    return [bin / "kube-scheduler", f"--kubeconfig={at.kubeconfig}", *_ALONE]


def kwok(bin: Path, at: Layout) -> Command:
    """What says of each pod on the node that it is ready."""
    return [bin / "kwok", f"--kubeconfig={at.kubeconfig}", "--manage-all-nodes=true"]


def kubeconfig(at: Layout, token: str) -> Mapping[str, object]:
    """The administrator's. As JSON it is YAML, which every client reads."""
    authority = base64.b64encode(at.certificate.read_bytes()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {"server": at.address, "certificate-authority-data": authority}}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        "current-context": "test",
    }
