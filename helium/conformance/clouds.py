"""The clouds that a backend is tried on, looked at and changed behind Pulumi's back: the sandbox, or a real cluster.

What is there is asked of the cloud itself, and never of Helium.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from helium.conformance.holdings import Holding
from helium.core.digest import Json
from helium.sandbox import Resource, remove, resources, set_faults
from helium.sandbox.resource_types import kind_of
from helium.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Planted:
    """Something of somebody else: a resource of the sandbox."""

    resource: Resource


class TrialCloud(Protocol):
    """What the suite asks of the place where workspaces are."""

    @property
    def title(self) -> str:
        """What it is, for people."""

    def settings(self, cluster: str) -> Mapping[str, Json]:
        """How `helium.yaml` says where things are; `cluster`: what the backend calls its cluster."""

    def exists(self, one: Holding) -> bool:
        """Whether it is there."""

    def delete(self, one: Holding) -> None:
        """Somebody deletes it by hand."""

    def tampered(self, one: Holding) -> AbstractContextManager[None]:
        """Somebody changes one of its labels by hand, for the length of a block."""

    def stands_alone(self, one: Holding, *, of: str) -> bool:
        """Whether it lives in nothing else of its workspace, and has that one's name in its own."""

    def plant(self, one: Holding, *, of: str, to: str) -> Any:
        """Somebody else makes such a thing, under the name that it would have in the workspace `to`."""

    def is_whole(self, planted: Any) -> bool:
        """Whether it is as that person made it."""

    def unplant(self, planted: Any) -> None:
        """That person deletes it."""

    def away(self) -> AbstractContextManager[None]:
        """Nobody reaches it during the block."""

    def slow(self, operation: str, at: str) -> AbstractContextManager[bool]:
        """Such calls for resources of a type (empty: of any) are answered late; whether that can be arranged."""

    def clean(self, mark: str) -> tuple[str, ...]:
        """Take away what is left of the trial with this mark; what could not be taken away, for people."""


@dataclass(frozen=True, slots=True)
class PretendCloud:
    """The sandbox of a fleet, which stands in for Google Cloud and Kubernetes."""

    folder: Path
    title: str = "the sandbox"
    stands_for: tuple[str, ...] = ("gcp", "kubernetes")

    def settings(self, cluster: str) -> Mapping[str, Json]:
        """Nothing is real."""
        return {"sandbox": list(self.stands_for)}

    def exists(self, one: Holding) -> bool:
        """By its kind and its id."""
        return self.find(one) is not None

    def find(self, one: Holding) -> Resource | None:
        """The resource in the sandbox's own files."""
        kind = kind_of(one["type"])
        same = (each for each in resources(self.folder) if each.identity.kind == kind)
        return next((each for each in same if each.id == one.get("id")), None)

    def delete(self, one: Holding) -> None:
        """With what lives in it."""
        if found := self.find(one):
            remove(self.folder, found.identity)

    @contextmanager
    def tampered(self, one: Holding) -> Iterator[None]:
        """In the sandbox's files."""
        found = self.find(one)
        assert found is not None
        changed = replace(found, inputs=_relabelled(found.inputs), outputs=_relabelled(found.outputs))
        self._put(changed)
        try:
            yield
        finally:
            self._put(found)

    def stands_alone(self, one: Holding, *, of: str) -> bool:
        """A bucket or a namespace, and whatever else needs none."""
        found = self.find(one)
        return found is not None and not found.identity.within and of in found.identity.name

    def plant(self, one: Holding, *, of: str, to: str) -> Planted:
        """Without a label, and with an input of its own."""
        found = self.find(one)
        assert found is not None
        identity = replace(found.identity, name=found.identity.name.replace(of, to))
        theirs = _without_labels(json.loads(json.dumps(found.inputs).replace(of, to)))
        stranger = replace(found, identity=identity, id=found.id.replace(of, to), inputs=theirs, outputs=theirs)
        self._put(stranger)
        return Planted(stranger)

    def is_whole(self, planted: Planted) -> bool:
        """By what the sandbox keeps of it."""
        return Store.open(self.folder).find(planted.resource.identity) == planted.resource

    def unplant(self, planted: Planted) -> None:
        """From the sandbox's files."""
        store = Store.open(self.folder)
        with store.locked():
            store.drop(planted.resource.identity)

    @contextmanager
    def away(self) -> Iterator[None]:
        """No call gets through."""
        with self._faults("unreachable"):
            yield

    @contextmanager
    def slow(self, operation: str, at: str) -> Iterator[bool]:
        """The cloud has acted by then, and has not answered: the worst moment to be killed."""
        with self._faults(f"slow after {operation} {at} 20s"):
            yield True

    def clean(self, mark: str) -> tuple[str, ...]:
        """Its folder goes with the trial."""
        return ()

    @contextmanager
    def _faults(self, line: str) -> Iterator[None]:
        set_faults(self.folder, line)
        try:
            yield
        finally:
            set_faults(self.folder)

    def _put(self, resource: Resource) -> None:
        store = Store.open(self.folder)
        with store.locked():
            store.put(resource)


def _without_labels(inputs: dict[str, Json]) -> dict[str, Json]:
    own = {key: value for key, value in inputs.items() if key != "labels"}
    meta = own.get("metadata")
    return {**own, "metadata": _without_labels(meta)} if isinstance(meta, dict) else own


def _relabelled(properties: dict[str, Json]) -> dict[str, Json]:
    """The same with other values of its labels."""
    meta = properties.get("metadata")
    if isinstance(meta, dict):
        return {**properties, "metadata": _relabelled(meta)}
    return {**properties, "labels": dict.fromkeys(properties.get("labels") or {}, "somebody")}
