"""What one workspace takes: what its pods ask the cluster for, and the volumes that they claim. Pure.

By the values that the releases get, over the defaults of the charts, read from Pachyderm's charts 2.3 to 2.11 and
JupyterHub's from 2.0. A part whose chart asks for nothing counts as nothing: the cluster keeps nothing free for it. One
notebook server counts as if it always ran. What people put into the bucket, and pipelines, nobody knows before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from helium.core.helm_values import kept, merge, of_notebooks
from helium.core.quantities import gibibytes, quantity
from helium.core.workspace import Workspace

from .settings import BackendSettings
from .values import LOCKED, LOCKED_NOTEBOOKS, Values

CPU, MEMORY, STORAGE, BALANCER = "vCPU", "memoryGiB", "storageGiB", "loadBalancer"
_ONE = Decimal(1)

PACHYDERM: Values = {
    "console": {"enabled": True, "resources": {}},
    "cloudsqlAuthProxy": {"enabled": False, "resources": {}},
    "etcd": {"dynamicNodes": 1, "resources": {}, "storageSize": "10Gi"},
    "loki-stack": {"loki": {"persistence": {"enabled": True, "size": "10Gi"}}},
    "pachd": {"enabled": True, "replicas": 1, "resources": {}},
    "pachw": {"minReplicas": 0, "resources": {}},
    "pgbouncer": {"resources": {}},
    "postgresql": {
        "enabled": True,
        "persistence": {"enabled": True, "size": "10Gi"},
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}},
    },
    "proxy": {"replicas": 1, "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}}},
}
"""The defaults of the charts, as far as they cost something. Helium's own values are in `values.py`."""
EVENT_TAIL: Values = {"enabled": True, "resources": {"requests": {"cpu": "100m", "memory": "45Mi"}}}
"""A part that charts before 2.11 have switched on."""
JUPYTERHUB: Values = {
    "hub": {"db": {"type": "sqlite-pvc", "pvc": {"storage": "1Gi"}}, "resources": {}},
    "proxy": {"chp": {"resources": {}}},
    "singleuser": {
        "cpu": {"guarantee": None},
        "memory": {"guarantee": "1G"},
        "storage": {"type": "dynamic", "capacity": "10Gi"},
    },
}


Taken = Iterator[tuple[str, Decimal]]


def estimate(workspace: Workspace) -> Mapping[str, Decimal]:
    """Of everything together, in each hour that it lives."""
    settings = BackendSettings.of(workspace)
    total = dict.fromkeys((CPU, MEMORY, STORAGE, BALANCER), Decimal(0))
    for unit, amount in (*_pachyderm(workspace, settings), *_jupyterhub(workspace, settings)):
        total[unit] += amount
    return {unit: amount for unit, amount in total.items() if amount}


def _pachyderm(workspace: Workspace, settings: BackendSettings) -> Taken:
    tail = {} if settings.pachyderm.is_from(2, 11) else EVENT_TAIL
    # Helium's own value; what else it sets, and costs something, is locked, and comes from the settings.
    own = merge(PACHYDERM, {"kubeEventTail": tail, "pachd": {"lokiDeploy": False}})
    values = merge(own, kept(workspace.spec.values, LOCKED, trusted=settings.trusted))
    pachd, etcd, postgres = _at(values, "pachd"), _at(values, "etcd"), _at(values, "postgresql")
    if pachd.get("enabled") is not False:
        yield from _asked(pachd, times=quantity(pachd.get("replicas")))
        pachw = _at(values, "pachw")
        yield from _asked(pachw if _at(pachw, "resources") else pachd, times=quantity(pachw.get("minReplicas")))
    members = quantity(etcd.get("dynamicNodes"))
    yield from _asked(etcd, times=members)
    yield STORAGE, members * gibibytes(etcd.get("storageSize"))
    yield from _asked(_at(values, "pgbouncer"))
    if postgres.get("enabled") is not False:
        yield from _asked(postgres)
        yield from _volume(_at(postgres, "persistence"))
    for part in ("console", "kubeEventTail", "cloudsqlAuthProxy"):
        if _at(values, part).get("enabled"):
            yield from _asked(_at(values, part))
    if pachd.get("lokiDeploy"):
        yield from _volume(_at(values, "loki-stack", "loki", "persistence"))
    if settings.through_ingress:
        proxy = _at(values, "proxy")
        yield from _asked(proxy, times=quantity(proxy.get("replicas")))
    else:
        yield BALANCER, Decimal(1)


def _jupyterhub(workspace: Workspace, settings: BackendSettings) -> Taken:
    if workspace.spec.fields.get("disableNotebooks"):
        return
    users = kept(workspace.spec.notebook_values, LOCKED_NOTEBOOKS, trusted=of_notebooks(settings.trusted))
    values = merge(JUPYTERHUB, users)
    yield from _asked(_at(values, "hub"))
    yield from _asked(_at(values, "proxy", "chp"))
    if _at(values, "hub", "db").get("type") == "sqlite-pvc":
        yield STORAGE, gibibytes(_at(values, "hub", "db", "pvc").get("storage"))
    single = _at(values, "singleuser")
    yield CPU, quantity(_at(single, "cpu").get("guarantee"))
    # JupyterHub's own letters are powers of 1024: `1G` is a gibibyte, whatever Kubernetes means by it.
    memory = str(_at(single, "memory").get("guarantee") or "")
    yield MEMORY, gibibytes(f"{memory}i" if memory[-1:] in ("K", "M", "G", "T") else memory)
    if _at(single, "storage").get("type") == "dynamic":
        yield STORAGE, gibibytes(_at(single, "storage").get("capacity"))


def _asked(part: Mapping[str, Any], *, times: Decimal = _ONE) -> Taken:
    """What a part's pods ask the cluster for."""
    requests = _at(part, "resources", "requests")
    yield CPU, times * quantity(requests.get("cpu"))
    yield MEMORY, times * gibibytes(requests.get("memory"))


def _volume(persistence: Mapping[str, Any]) -> Taken:
    if persistence.get("enabled") is not False:
        yield STORAGE, gibibytes(persistence.get("size"))


def _at(values: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The mapping there; an empty one where somebody took it away."""
    for key in path:
        inner = values.get(key)
        values = inner if isinstance(inner, Mapping) else {}
    return values
