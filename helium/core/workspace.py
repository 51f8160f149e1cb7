"""A workspace as a backend gets it, and the ownership that says, inside the stack, whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.digest import Json
from helium.core.spec import Spec
from helium.core.stack import StackId

ACCOUNT = "helium"
"""The service account of a workspace's namespace whose rights are all that its releases have."""


def namespaced(cluster: str, workspace: str) -> str:
    """The context of a kubeconfig that acts in a cluster as that account."""
    return f"{cluster}/{workspace}"


@dataclass(frozen=True, slots=True)
class Ownership:
    """The inputs of the component `helium:index:Workspace`. They are in the state even when the `up` failed.

    `cluster`: the identity of its cluster at that time, which only the engine knows. Empty: nobody noted it. `written`:
    the end that is written, where `deadline` is a later one.
    """

    fleet: str
    name: str
    backend: str
    owner: str
    blob: str
    added_at: datetime
    deadline: datetime
    protected: bool = False
    placement: Mapping[str, Json] = field(default_factory=dict)
    pins: Mapping[str, Json] = field(default_factory=dict)
    cluster: str = ""
    written: datetime | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """What `declare(workspace)` gets. `placement` never moves; `pins` is what this `up` uses.

    `deadline` is when it ends; `written`: the end that is written, where that is earlier.
    """

    fleet: str
    spec: Spec
    owner: str
    added_at: datetime
    deadline: datetime
    placement: Mapping[str, Json] = field(default_factory=dict)
    pins: Mapping[str, Json] = field(default_factory=dict)
    written: datetime | None = None

    @property
    def name(self) -> str:
        """The workspace's name: its namespace, its host, its id."""
        return self.spec.name

    @property
    def backend(self) -> str:
        """The backend that declares it: a folder under `stacks/`, or an installed one."""
        return self.spec.backend

    @property
    def stack(self) -> StackId:
        """The id of its stack."""
        return StackId.of(self.fleet, self.backend, name=self.name)

    @property
    def program(self) -> str | None:
        """The digest of the program that creates it."""
        program = self.pins.get("program")
        return program if isinstance(program, str) else None

    @property
    def ownership(self) -> Ownership:
        """What the engine declares before the backend does."""
        return Ownership(
            fleet=self.fleet,
            name=self.name,
            backend=self.backend,
            owner=self.owner,
            blob=self.spec.blob,
            added_at=self.added_at,
            deadline=self.deadline,
            protected=self.spec.protected,
            placement=self.placement,
            pins=self.pins,
            written=self.written,
        )
