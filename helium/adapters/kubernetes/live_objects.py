"""One object as it lives, beside what it was made of: a server-side dry run says what applying that would change.

The API server itself fills in defaults, writes quantities its own way and runs its admission, so what only looks
different is not. Nothing is written. What was added beside the fields that were made (a sidecar, a label) is not looked
at: many things in a cluster add to what others made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from helium.adapters.kubernetes.cluster_api import INVALID, NOT_FOUND, ClusterApi, ClusterError, ObjectRef
from helium.core.digest import Json
from helium.core.drift import DriftedField, RepairWay, differences, without_ignored

_KEPT_META = ("labels", "annotations", "finalizers", "ownerReferences")
REPLICAS = "spec.replicas"
Body = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class MadeObject:
    """An object, and the fields that it was made with."""

    ref: ObjectRef
    wanted: Body

    @property
    def where(self) -> str:
        """How people name it."""
        return f"{self.ref.kind}/{self.ref.name}"


@dataclass(frozen=True, slots=True)
class LiveObject:
    """An object as it was looked at. `made`: without the fields that an autoscaler keeps."""

    made: MadeObject
    differences: tuple[DriftedField, ...] = ()


def made_object(wanted: Body, *, namespace: str) -> MadeObject:
    """What these fields make; `namespace`: where it lives if they do not say. `ClusterError` without kind and name."""
    meta = wanted.get("metadata") or {}
    version, kind, name = (str(each or "") for each in (wanted.get("apiVersion"), wanted.get("kind"), meta.get("name")))
    if not (version and kind and name):
        raise ClusterError(f"an object of the kind {kind} has no name")
    return MadeObject(ObjectRef(version, kind, name, meta.get("namespace") or namespace), _without_nulls(wanted))


def looked(api: ClusterApi, made: MadeObject) -> LiveObject:
    """The object with each field that is not as it was made. `ClusterError` where nobody can tell."""
    found = _looked(api, made)
    if not found.differences:
        return found
    # Between two calls anybody may have changed it. What only one of two looks sees is not there.
    again = _looked(api, found.made)
    return LiveObject(again.made, tuple(each for each in again.differences if each in found.differences))


def apply(api: ClusterApi, made: MadeObject) -> None:
    """Put back the fields that it was made with, and no others; make it again if it is gone. `ClusterError`."""
    api.apply(made.ref, made.wanted, dry=False)


def _looked(api: ClusterApi, made: MadeObject) -> LiveObject:
    there = api.body(made.ref)
    if there is None:
        return LiveObject(made, () if _goes_by_itself(made) else (DriftedField(made.where),))
    if "deletionTimestamp" in there["metadata"]:
        return LiveObject(made, (DriftedField(made.where, what="is being deleted", repair=RepairWay.NOTHING),))
    try:
        applied = api.apply(made.ref, made.wanted, dry=True)
    except ClusterError as error:
        if error.code == NOT_FOUND:
            return LiveObject(made, (DriftedField(made.where),))
        if error.code != INVALID or not error.fields:
            raise
        # What it was made with can no longer be set: only another object could have it.
        held = "cannot be set back"
        return LiveObject(made, tuple(DriftedField(made.where, each, held, RepairWay.NOTHING) for each in error.fields))
    found = dict(differences(_compared(applied), _compared(there), secret=made.ref.kind == "Secret"))
    if REPLICAS in found and _is_scaled(api, made, there=there):
        return _looked(
            api, replace(made, wanted=without_ignored(made.wanted, [f"{made.where}:{REPLICAS}"], where=made.where))
        )
    mine = {field: what for field, what in found.items() if not _is_filled_in(field, made)}
    return LiveObject(made, tuple(DriftedField(made.where, field, what) for field, what in mine.items()))


def _compared(body: Body) -> dict[str, Json]:
    """What somebody decides about an object, without what the cluster says of it."""
    rest = {key: value for key, value in body.items() if key not in ("metadata", "status")}
    meta = body["metadata"]
    return {**rest, "metadata": {key: meta[key] for key in _KEPT_META if key in meta}}


def _goes_by_itself(made: MadeObject) -> bool:
    """Whether the cluster itself removes it some time after it has done its work."""
    spec = made.wanted.get("spec") or {}
    return made.ref.kind == "Job" and spec.get("ttlSecondsAfterFinished") is not None


def _is_filled_in(field: str, made: MadeObject) -> bool:
    """Whether the cluster keeps the field: the rules of a role that adds up others."""
    return field.startswith("rules") and "aggregationRule" in made.wanted


def _is_scaled(api: ClusterApi, made: MadeObject, *, there: Body) -> bool:
    """Whether an autoscaler has set how many copies run. It never sets 0 by itself, so a person did that."""
    for scaler in _scalers(api, made):
        low, high = scaler.get("minReplicas", 1), scaler["maxReplicas"]
        if low <= (there.get("spec") or {}).get("replicas", 1) <= high:
            return True
    return False


def _scalers(api: ClusterApi, made: MadeObject) -> Iterator[Body]:
    for body in api.bodies(ObjectRef("autoscaling/v2", "HorizontalPodAutoscaler", "", made.ref.namespace)):
        target = body["spec"]["scaleTargetRef"]
        if (target["kind"], target["name"]) == (made.ref.kind, made.ref.name):
            yield body["spec"]


def _without_nulls(value: Json) -> Json:
    """Templates leave empty fields behind, which no client sends."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
