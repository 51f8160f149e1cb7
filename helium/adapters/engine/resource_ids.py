"""By which id a provider knows a resource whose name is fixed, and whether one that is there is this workspace's.

Pure. Says `None` for a type whose id it does not know for certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from helium.core.digest import Json
from helium.core.stack import StackId


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked for (inputs), and what is there under that name (outputs)."""

    wanted: Mapping[str, Json]
    there: Mapping[str, Json]


def fixed_id(kind: str, inputs: Mapping[str, Json]) -> str | None:
    """The provider's id for a type token and inputs, as its own create would have given it."""
    match kind:
        case "gcp:storage/bucket:Bucket":
            return _text(inputs.get("name"))
        case "gcp:storage/bucketIAMMember:BucketIAMMember":
            bucket, role, member = (_text(inputs.get(key)) for key in ("bucket", "role", "member"))
            return f"b/{bucket}/{role}/{member}" if bucket and role and member else None
        case "kubernetes:helm.sh/v3:Release":
            return _within(inputs)
        case _ if kind.startswith("kubernetes:"):
            meta = inputs.get("metadata")
            return _within(meta) if isinstance(meta, Mapping) else None
    return None


def is_ours(stack: StackId, found: Found, *, homes: Set[str]) -> bool:
    """By its labels where it was to have some that name the workspace, else by what it lives in (`homes` by id)."""
    wanted = labels_of(found.wanted)
    if {stack.fleet, stack.name} <= set(wanted.values()):
        there = labels_of(found.there)
        mine = {key for key, value in wanted.items() if value in (stack.fleet, stack.name)}
        return all(there.get(key) == wanted[key] for key in mine)
    return home_of(found.wanted) in homes


def labels_of(properties: Mapping[str, Json]) -> Mapping[str, str]:
    """The labels of a resource of either cloud."""
    meta = properties.get("metadata")
    labels = meta.get("labels") if isinstance(meta, Mapping) else properties.get("labels")
    return labels if isinstance(labels, Mapping) else {}


def home_of(inputs: Mapping[str, Json]) -> str | None:
    """The id of what a resource lives in: its bucket or its namespace."""
    meta = inputs.get("metadata")
    namespace = meta.get("namespace") if isinstance(meta, Mapping) else inputs.get("namespace")
    return _text(inputs.get("bucket")) or _text(namespace)


def _within(names: Mapping[str, Json]) -> str | None:
    name, namespace = _text(names.get("name")), _text(names.get("namespace"))
    return f"{namespace}/{name}" if name and namespace else name


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
