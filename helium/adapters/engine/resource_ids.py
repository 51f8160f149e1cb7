"""The id under which a provider knows a resource with a fixed name, and whether an existing one is this workspace's.

Pure. It refuses to guess: the id is `None` for a type that it does not know for certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from helium.core.digest import Json

FLEET, WORKSPACE, INCARNATION = "helium-fleet", "helium-workspace", "helium-incarnation"
"""The labels that the engine puts on everything that takes labels."""
OURS = (FLEET, WORKSPACE, INCARNATION)
RELEASE = "kubernetes:helm.sh/v3:Release"
WITHOUT_OBJECT = ("kubernetes:helm.sh/", "kubernetes:kustomize", "kubernetes:yaml")
"""How types begin that stand for several objects, and are none themselves."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was wanted (inputs), and what exists under that name (outputs)."""

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
        case _ if kind == RELEASE:
            return _within(inputs)
        case _ if kind.startswith("kubernetes:"):
            meta = inputs.get("metadata")
            return _within(meta) if isinstance(meta, Mapping) else None
    return None


def is_ours(candidate: Candidate, *, homes: Set[str]) -> bool:
    """By its labels, if it was to have ours; otherwise by what it lives in (`homes`, by id).

    Fleet, workspace and incarnation have to be right: the one before of that name may be somebody else's.
    """
    wanted = labels_of(candidate.wanted)
    if all(key in wanted for key in OURS):
        there = labels_of(candidate.there)
        return all(there.get(key) == wanted[key] for key in OURS)
    return home_of(candidate.wanted) in homes


def labels_of(properties: Mapping[str, Json]) -> Mapping[str, str]:
    """The labels of a resource, in either cloud's form."""
    labels = names_in(properties).get("labels")
    return labels if isinstance(labels, Mapping) else {}


def home_of(inputs: Mapping[str, Json]) -> str | None:
    """The id of what a resource lives in: its bucket or its namespace."""
    return _text(inputs.get("bucket")) or _text(names_in(inputs).get("namespace"))


def names_in(properties: Mapping[str, Json]) -> Mapping[str, Json]:
    """Where name, namespace and labels are: an object has them in its metadata, all else beside its other values."""
    meta = properties.get("metadata")
    return meta if isinstance(meta, Mapping) else properties


def name_of(resource: Mapping[str, Json]) -> str:
    """How people call a resource of a state: by its own name, or by the end of its URN where that is no plain text."""
    named = names_in(resource.get("inputs") or {}).get("name")
    return _text(named) or str(resource.get("urn", "")).rpartition("::")[2]


def _within(names: Mapping[str, Json]) -> str | None:
    name, namespace = _text(names.get("name")), _text(names.get("namespace"))
    return f"{namespace}/{name}" if name and namespace else name


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
