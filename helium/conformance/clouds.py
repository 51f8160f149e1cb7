"""The clouds that a backend is tried on, looked at and changed behind Pulumi's back: the sandbox, or a real cluster.

What is there is asked of the cloud itself, and never of Helium.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from helium.conformance.holdings import Holding
from helium.core.digest import Json
from helium.sandbox import Resource, remove, resources, set_faults
from helium.sandbox.resource_types import kind_of


class TrialCloud(Protocol):
    """What the suite asks of the place where workspaces are."""

    @property
    def title(self) -> str:
        """What it is, for people."""

    def settings(self, cluster: str) -> Mapping[str, Json]:
        """How `helium.yaml` says where things are; `cluster`: what the backend calls its cluster."""

    def exists(self, one: Holding) -> bool:
        """Whether it is there."""

    def everything(self) -> Iterable[str]:
        """All that is there of this trial, for people."""

    def delete(self, one: Holding) -> None:
        """Somebody deletes it by hand."""

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody reaches it during the block."""

    @contextmanager
    def slow(self, *words: str) -> Iterator[None]:
        """Such calls are answered late, where that can be arranged: the words of a fault of the sandbox."""


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
        same = (each for each in self._all() if each.identity.kind == kind)
        return next((each for each in same if each.id == one.get("id")), None)

    def everything(self) -> Iterator[str]:
        """The sandbox is the trial's own, so all that is in it counts."""
        return (str(each.identity) for each in self._all())

    def delete(self, one: Holding) -> None:
        """With what lives in it."""
        if found := self.find(one):
            remove(self.folder, found.identity)

    @contextmanager
    def away(self) -> Iterator[None]:
        """No call gets through."""
        with self._faults("unreachable"):
            yield

    @contextmanager
    def slow(self, *words: str) -> Iterator[None]:
        """The cloud has acted by then, and has not answered: the worst moment to be killed."""
        with self._faults(" ".join(("slow", "after", *words, "20s"))):
            yield

    @contextmanager
    def _faults(self, line: str) -> Iterator[None]:
        set_faults(self.folder, line)
        try:
            yield
        finally:
            set_faults(self.folder)

    def _all(self) -> tuple[Resource, ...]:
        return resources(self.folder)
