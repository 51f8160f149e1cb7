"""What a cloud does for a cluster, and no part of Kubernetes does here: addresses and volumes.

A Service of the type LoadBalancer gets its address a little late, as in a cloud. A claim gets a volume, which goes when
the claim goes. Programs see all of it through the API. Nothing answers at the addresses, and nothing is in the volumes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

from tools.cluster.api import KubernetesApi, KubernetesApiError

LATE = 1.0
"""Seconds until a load balancer has its address."""
CLASS = "standard"
"""The name of the storage class that a claim gets if it names none."""
_LOOK = 0.25
_CLOUD = "cloud.example.com"
_STORAGE_CLASS: Mapping[str, Any] = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": _CLOUD,
}


class CloudController:
    """Looks at the API a few times a second, and gives and takes what is due."""

    def __init__(self, api: KubernetesApi, *, late: float = LATE) -> None:
        self._api = api
        self._late = late
        self._over = Event()
        self._since: dict[str, float] = {}
        self._number = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the block lasts."""
        self._api.post("/apis/storage.k8s.io/v1/storageclasses", _STORAGE_CLASS)
        thread = Thread(target=self._work, name="cloud", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _work(self) -> None:
        while not self._over.wait(_LOOK):
            with suppress(KubernetesApiError):
                self._look()

    def _look(self) -> None:
        for service in self._api.items("/api/v1/services?fieldSelector=spec.type%3DLoadBalancer"):
            if not service["status"]["loadBalancer"].get("ingress") and self._is_due(service["metadata"]["uid"]):
                self._give_address(service["metadata"])
        for claim in self._api.items("/api/v1/persistentvolumeclaims"):
            if claim["status"].get("phase") == "Pending" and not claim["spec"].get("volumeName"):
                self._try("POST", "/api/v1/persistentvolumes", body=_volume(claim))
        for volume in self._api.items("/api/v1/persistentvolumes"):
            if _is_ours(volume) and volume["status"].get("phase") in ("Released", "Failed"):
                self._try("DELETE", f"/api/v1/persistentvolumes/{volume['metadata']['name']}")

    def _try(self, method: str, path: str, *, body: Mapping[str, Any] | None = None) -> None:
        """One refusal does not hold up the others, and the next look tries again; most often it was done already."""
        with suppress(KubernetesApiError):
            self._api.call(method, path, body=body)

    def _is_due(self, uid: str) -> bool:
        now = time.monotonic()
        return now - self._since.setdefault(uid, now) >= self._late

    def _give_address(self, service: Mapping[str, Any]) -> None:
        self._number += 1
        # Of the block that is kept for documentation (RFC 5737): nobody is there.
        address = f"203.0.113.{self._number % 254 + 1}"
        path = f"/api/v1/namespaces/{service['namespace']}/services/{service['name']}/status"
        self._try("PATCH", path, body={"status": {"loadBalancer": {"ingress": [{"ip": address}]}}})


def _volume(claim: Mapping[str, Any]) -> Mapping[str, Any]:
    meta, spec = claim["metadata"], claim["spec"]
    name = f"pvc-{meta['uid']}"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        # With it, Kubernetes leaves the deletion to whoever made the volume.
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": _CLOUD}},
        "spec": {
            "capacity": spec["resources"]["requests"],
            "accessModes": spec["accessModes"],
            "storageClassName": spec.get("storageClassName") or "",
            "persistentVolumeReclaimPolicy": "Delete",
            "hostPath": {"path": f"/nowhere/{name}"},
            "claimRef": {"namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]},
        },
    }


def _is_ours(volume: Mapping[str, Any]) -> bool:
    return bool(volume["metadata"].get("annotations", {}).get("pv.kubernetes.io/provisioned-by") == _CLOUD)
