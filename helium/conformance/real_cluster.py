"""A real cluster beside the sandbox, which stands in for Google alone: the same questions, asked of its own API.

What it makes there is in namespaces with the trial's own mark, and it refuses to touch any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helium.adapters.engine.resource_ids import FLEET, RELEASE, labels_of
from helium.adapters.files import write_whole
from helium.adapters.kubernetes import kubeconfig
from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError, Meta, ObjectRef
from helium.adapters.kubernetes.helm_records import records_of
from helium.adapters.specs import strict_yaml
from helium.conformance.clouds import Planted, PretendCloud
from helium.conformance.holdings import Holding
from helium.core.digest import Json
from helium.errors import UsageError

_KUBERNETES = "kubernetes:"
_NAMESPACE = "kubernetes:core/v1:Namespace"
_MINE = {"somebody": "else"}


@dataclass(frozen=True, slots=True)
class PlantedNamespace:
    """A namespace of somebody else, by its name and uid."""

    name: str
    uid: str


@dataclass(slots=True)
class ClusterCloud:
    """The cluster of a kubeconfig's current context. `copy`: the kubeconfig that the trial's fleet uses."""

    document: Mapping[str, Any]
    copy: Path
    pretend: PretendCloud
    title: str
    api: ClusterApi = field(init=False)
    planted: list[PlantedNamespace] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._write(self.document)
        self.api = ClusterApi(self.copy, str(self.document["current-context"]))

    def settings(self, cluster: str) -> Mapping[str, Json]:
        """The cluster is real, and Google is not."""
        return {**self.pretend.settings(cluster), "clusters": {cluster: {"kubeconfig": str(self.copy)}}}

    def exists(self, one: Holding) -> bool:
        """By the API, or by Helm's own records."""
        if not _is_here(one):
            return self.pretend.exists(one)
        if one["type"] == RELEASE:
            return bool(records_of(self.api, one["inputs"]["namespace"], release=one["inputs"]["name"]))
        ref = _ref(one)
        return ref is not None and self.api.meta(ref) is not None

    def delete(self, one: Holding) -> None:
        """As a person with kubectl does."""
        if not _is_here(one):
            self.pretend.delete(one)
        elif (ref := _ref(one)) and (seen := self.api.meta(ref)):
            self.api.delete(ref, seen=seen)

    @contextmanager
    def tampered(self, one: Holding) -> Iterator[None]:
        """Its labels are applied by somebody else."""
        ref = _ref(one) if _is_here(one) else None
        if ref is None:
            with self.pretend.tampered(one):
                yield
            return
        # One that means nothing to the cluster, as `pod-security.kubernetes.io/…` does.
        labels = {key: text for key, text in labels_of(one["inputs"]).items() if "/" not in key}
        key = min(labels)
        self._label(ref, {key: "somebody"})
        try:
            yield
        finally:
            self._label(ref, {key: labels[key]})

    def stands_alone(self, one: Holding, *, of: str) -> bool:
        """A namespace, or what the sandbox says of Google's."""
        if not _is_here(one):
            return self.pretend.stands_alone(one, of=of)
        return bool(one["type"] == _NAMESPACE)

    def plant(self, one: Holding, *, of: str, to: str) -> Planted | PlantedNamespace:
        """A namespace with somebody's label."""
        if not _is_here(one):
            return self.pretend.plant(one, of=of, to=to)
        name = str(one["id"]).replace(of, to)
        self._label(_namespace(name), _MINE)
        meta = self.api.meta(_namespace(name)) or {}
        self.planted.append(PlantedNamespace(name, str(meta.get("uid"))))
        return self.planted[-1]

    def is_whole(self, planted: Planted | PlantedNamespace) -> bool:
        """The same namespace, without a label of ours, and not being deleted."""
        if isinstance(planted, Planted):
            return self.pretend.is_whole(planted)
        meta = self.api.meta(_namespace(planted.name)) or {}
        ours = FLEET in (meta.get("labels") or {})
        return meta.get("uid") == planted.uid and not ours and "deletionTimestamp" not in meta

    def unplant(self, planted: Planted | PlantedNamespace) -> None:
        """That person deletes it."""
        if isinstance(planted, Planted):
            self.pretend.unplant(planted)
        else:
            self._end(planted.name, uid=planted.uid)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Whoever asks is nobody: the cluster refuses each call, and Google answers none."""
        nobody = [{**each, "user": {}} for each in self.document.get("users") or ()]
        self._write({**self.document, "users": nobody})
        try:
            with self.pretend.away():
                yield
        finally:
            self._write(self.document)

    def slow(self, operation: str, at: str) -> AbstractContextManager[bool]:
        """Only the sandbox can be told to be slow."""
        return nullcontext(False) if at.startswith(_KUBERNETES) or not at else self.pretend.slow(operation, at)

    def clean(self, mark: str) -> tuple[str, ...]:
        """Delete the namespaces with the trial's label, and those that it planted; what cannot be deleted.

        A name proves nothing: the cluster may be one where people work.
        """
        left = []
        labelled = self.api.list(_namespace(""), labels=f"{FLEET}={mark}")
        ours = [*self.planted, *of_trial(labelled, mark)]
        for each in ours:
            try:
                self._end(each.name, uid=each.uid)
            except ClusterError as error:
                left.append(f"the namespace {each.name}: {error}")
        return tuple(left)

    def _end(self, name: str, *, uid: str) -> None:
        """Delete a namespace, unless it is another one by now."""
        seen = self.api.meta(_namespace(name))
        if seen and seen["uid"] == uid:
            self.api.delete(_namespace(name), seen=seen)

    def _label(self, ref: ObjectRef, labels: Mapping[str, str]) -> None:
        meta = {"name": ref.name, "labels": dict(labels), **({"namespace": ref.namespace} if ref.namespace else {})}
        self.api.apply(ref, {"apiVersion": ref.version, "kind": ref.kind, "metadata": meta}, dry=False)

    def _write(self, document: Mapping[str, Any]) -> None:
        self.copy.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.copy, json.dumps(document).encode())


def of_trial(metas: Iterable[Meta], mark: str) -> tuple[PlantedNamespace, ...]:
    """Those of these namespaces that carry the label of this trial, whatever the API was asked for."""
    return tuple(
        PlantedNamespace(meta["name"], meta["uid"]) for meta in metas if (meta.get("labels") or {}).get(FLEET) == mark
    )


def kubeconfig_of(path: Path) -> Mapping[str, Any]:
    """A kubeconfig with absolute paths; `UsageError` for what is none."""
    document = strict_yaml.read(path.read_bytes()).value
    if not isinstance(document, dict) or not document.get("current-context"):
        raise UsageError(f"{path} is not a kubeconfig with a current context")
    return kubeconfig.absolute(document, path.parent)


def server_of(document: Mapping[str, Any]) -> str:
    """The address of its current context, for people."""
    context = kubeconfig.by_name(document, "contexts", single="context").get(document["current-context"], {})
    cluster = kubeconfig.by_name(document, "clusters", single="cluster").get(context.get("cluster", ""), {})
    return str(cluster.get("server", "?"))


def _is_here(one: Holding) -> bool:
    return bool(one["type"].startswith(_KUBERNETES))


def _ref(one: Holding) -> ObjectRef | None:
    inputs = one.get("inputs") or {}
    meta, version, kind = inputs.get("metadata"), inputs.get("apiVersion"), inputs.get("kind")
    if not isinstance(meta, Mapping) or not version or not kind:
        return None
    return ObjectRef(str(version), str(kind), str(meta.get("name")), str(meta.get("namespace") or ""))


def _namespace(name: str) -> ObjectRef:
    return ObjectRef("v1", "Namespace", name)
