"""Helm's own records: one Secret for each revision of a release, whose labels say how far it came, and what it made.

Whoever kills Helm in the middle leaves the newest one `pending-…`, and Helm refuses to act on that release ever after.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import yaml

from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError, Meta, ObjectRef
from helium.core.digest import Json

DEPLOYED = "deployed"
UNFINISHED = ("pending-install", "pending-upgrade", "pending-rollback", "uninstalling")
"""While Helm is at work, and for ever if it was killed."""
_GZIP = b"\x1f\x8b"


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


def manifest_of(api: ClusterApi, record: HelmRecord) -> tuple[Mapping[str, Json], ...]:
    """The objects that a revision consists of, as Helm made them from its chart; hooks are not among them.

    `ClusterError` where the record is gone, or says nothing that can be read.
    """
    body = api.body(record.ref)
    try:
        data = base64.b64decode(base64.b64decode((body or {})["data"]["release"]))
        text = json.loads(gzip.decompress(data) if data.startswith(_GZIP) else data)["manifest"]
        return tuple(_objects(yaml.load_all(text, Loader=yaml.CSafeLoader)))
    except (KeyError, TypeError, ValueError, OSError, EOFError, zlib.error, yaml.YAMLError):
        raise ClusterError(f"Helm's record {record.ref} cannot be read") from None


def _objects(documents: Iterator[Json]) -> Iterator[Mapping[str, Json]]:
    for each in documents:
        whole = each if isinstance(each, dict) else {}
        if str(whole.get("kind", "")).endswith("List") and isinstance(whole.get("items"), list):
            yield from _objects(iter(whole["items"]))
        elif whole:
            yield whole


def _record(meta: Meta) -> HelmRecord:
    labels = meta["labels"]
    return HelmRecord(
        status=labels.get("status", ""),
        revision=int(labels.get("version", 0)),
        since=datetime.fromisoformat(meta["creationTimestamp"]),
        ref=ObjectRef("v1", "Secret", meta["name"], meta["namespace"]),
        seen=meta,
    )
