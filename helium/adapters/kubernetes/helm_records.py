"""Helm's own records: one Secret for each revision of a release, whose labels say how far it came.

Whoever kills Helm in the middle leaves the newest one `pending-…`, and Helm refuses to act on that release ever after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helium.adapters.kubernetes.cluster_api import ClusterApi, Meta, ObjectRef

DEPLOYED = "deployed"
UNFINISHED = ("pending-install", "pending-upgrade", "pending-rollback", "uninstalling")
"""While Helm is at work, and for ever if it was killed."""


@dataclass(frozen=True, slots=True)
class HelmRecord:
    """One revision of a release. `status`: `deployed`, `superseded`, `failed`, `pending-upgrade`, …"""

    status: str
    revision: int
    since: datetime
    ref: ObjectRef
    seen: Meta

    @property
    def unfinished(self) -> bool:
        """Whether Helm is at work on it, or was killed."""
        return self.status in UNFINISHED


def records_of(api: ClusterApi, namespace: str, *, release: str) -> tuple[HelmRecord, ...]:
    """All revisions, the oldest first; none where there is no such release, or no such namespace. `ClusterError`."""
    secrets = ObjectRef("v1", "Secret", "", namespace)
    found = map(_record, api.list(secrets, labels=f"owner=helm,name={release}"))
    return tuple(sorted(found, key=lambda record: record.revision))


def _record(meta: Meta) -> HelmRecord:
    labels = meta["labels"]
    return HelmRecord(
        status=labels.get("status", ""),
        revision=int(labels.get("version", 0)),
        since=datetime.fromisoformat(meta["creationTimestamp"]),
        ref=ObjectRef("v1", "Secret", meta["name"], meta["namespace"]),
        seen=meta,
    )
