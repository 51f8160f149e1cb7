"""A Kubernetes cluster on this machine, without containers: a real API, whose pods only say that they run.

etcd, kube-apiserver, kube-controller-manager and kube-scheduler are Kubernetes' own. kwok says of each pod on the one
node that it is ready, and `cloud` does what a cloud would do. All of it listens on loopback alone, on free ports, and
lies in one temporary folder.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.cluster import parts
from tools.cluster.api import KubernetesApi, KubernetesApiError
from tools.cluster.cloud import CloudController
from tools.cluster.parts import NODE, NODE_OBJECT, Layout
from tools.cluster.processes import EndedError, processes
from tools.find import locate
from tools.progress import SetupError
from tools.table import ETCD, KUBERNETES, KWOK

TOOLS = (ETCD, KUBERNETES, KWOK)
_PORTS = range(20000, 32000)
"""Below the ports that the system gives to outgoing connections, so that a free one stays free."""
_NEEDED = 3
_TRIES = 5
_TAKEN = "address already in use"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that runs. Whoever has its kubeconfig may do everything in it."""

    kubeconfig: Path
    api: KubernetesApi
    check: Callable[[], None]
    """`EndedError` if one of its parts has ended by itself."""


def free_ports() -> Sequence[int]:
    """Three ports on which nobody listens."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == _NEEDED:
            return found
    raise SetupError("no port of this machine is free for the cluster for tests")


@contextmanager
def running(
    environ: Mapping[str, str] = os.environ, *, ports: Callable[[], Sequence[int]] = free_ports
) -> Iterator[Cluster]:
    """A new cluster, which ends with the block or with this process. `SetupError` if its parts are not here."""
    folders = [locate(tool, environ) for tool in TOOLS]
    if missing := " ".join(tool.name for tool, folder in zip(TOOLS, folders, strict=True) if folder is None):
        raise SetupError(f"a cluster for tests needs {missing}. Get it: python3 -m tools setup {missing}")
    bins = {tool.name: folder for tool, folder in zip(TOOLS, folders, strict=True) if folder is not None}
    with ExitStack() as at_end:
        yield _started(bins, at_end, ports=ports)


def _started(bins: Mapping[str, Path], at_end: ExitStack, *, ports: Callable[[], Sequence[int]]) -> Cluster:
    """Start it, on other ports if somebody took one of them between the look and the start."""
    for _ in range(_TRIES):
        with ExitStack() as attempt:
            try:
                cluster = _start(bins, attempt, ports=ports())
            except EndedError as error:
                if _TAKEN not in error.words:
                    raise
                continue
            at_end.push(attempt.pop_all())
            return cluster
    raise SetupError(f"the cluster for tests found its ports taken {_TRIES} times")


def _start(bins: Mapping[str, Path], at_end: ExitStack, *, ports: Sequence[int]) -> Cluster:
    folder = Path(tempfile.mkdtemp(prefix="helium-cluster-"))
    at = Layout(folder, *ports)
    begun = at_end.enter_context(processes(folder))
    token = secrets.token_hex(16)
    _write(at.tokens, f"{token},admin,admin,system:masters\n")
    begun.start(parts.etcd(bins["etcd"], at))
    begun.start(parts.api_server(bins["kubernetes"], at))
    # Written after the certificate, which is complete by then.
    begun.wait_until(at.key.exists, what="the API has no certificate")
    _write(at.kubeconfig, json.dumps(parts.kubeconfig(at, token)))
    api = KubernetesApi.of(at.kubeconfig)
    begun.wait_until(api.is_ready, what="the API is not ready")
    begun.start(parts.controller_manager(bins["kubernetes"], at))
    begun.start(parts.scheduler(bins["kubernetes"], at))
    begun.start(parts.kwok(bins["kwok"], at))
    api.post("/api/v1/nodes", NODE_OBJECT)
    begun.wait_until(lambda: _takes_pods(api), what="the node is not ready")
    begun.check()
    at_end.enter_context(CloudController(api).at_work())
    return Cluster(at.kubeconfig, api, begun.check)


def _takes_pods(api: KubernetesApi) -> bool:
    """Whether pods can run on the node. A new node has a taint, which nobody else takes away."""
    try:
        node = api.get(f"/api/v1/nodes/{NODE}")
        if node["spec"].get("taints"):
            api.patch(f"/api/v1/nodes/{NODE}", {"spec": {"taints": None}})
            return False
        api.get("/api/v1/namespaces/default/serviceaccounts/default")
    except KubernetesApiError:
        return False
    conditions = node["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _write(path: Path, text: str) -> None:
    """For this user alone: whoever reads it may do everything in the cluster."""
    path.touch(mode=0o600)
    path.write_text(text)


__all__ = ["TOOLS", "Cluster", "EndedError", "KubernetesApi", "KubernetesApiError", "free_ports", "running"]
