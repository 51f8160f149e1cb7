"""Pulumi, as a pass needs it: one call for each thing that is done to a stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from helium.core.digest import Json
from helium.core.drift import DriftLook
from helium.core.health import WorkspaceHealth
from helium.core.live import Doing
from helium.core.probes import Probe
from helium.core.stack import Listing, StackId
from helium.core.workspace import Ownership, Workspace


@dataclass(frozen=True, slots=True)
class Built:
    """What an `up` built: outputs that are not secret, resources by type, and how many were changed."""

    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Resolved:
    """A stack in which nothing is in doubt any more: what `up` and `destroy` take, so that they need not look again.

    `document` is the exported state, for the engine alone; `None`: the stack is no longer there.
    `held_up`: why an update has to wait; empty if it need not.
    """

    stack: StackId
    document: Mapping[str, Json] | None = None
    held_up: str = ""


@dataclass(frozen=True, slots=True)
class LostCluster:
    """What a stack has in a cluster that cannot be asked.

    `why` it cannot; `objects` as `Deployment shop/web`, without what dies with a namespace of them; `export`: the
    stack's state as Pulumi exports it, with its secrets encrypted.
    """

    cluster: str
    why: str
    objects: tuple[str, ...] = ()
    export: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """How an `up` is done.

    `folder`: the backend's program at the plan's commit; empty: the one that the engine was created with.
    `resolved`: the stack to update; `None`: it is created. `metadata_only`: only ownership and namespace are touched.
    `allow_replace`: what a backend marked `protect` may be replaced or deleted. `charts`: where the backend's settings
    name charts, as its manifest says; `commit`: the plan's, which has the charts that are in the fleet.
    """

    folder: str = ""
    resolved: Resolved | None = None
    metadata_only: bool = False
    allow_replace: bool = False
    charts: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveOptions:
    """What follows when nothing is in doubt any more, and what a person said.

    `ends`: a destroy follows, so what belongs to somebody else is forgotten instead of refused. `assume_absent`: a
    person looked for what cannot be looked for by its name, and it is not there. `renew`: Helm acts on each release
    again, though nothing differs. `lost`: before a destroy, what the stack has in its cluster leaves the state unseen,
    since the cluster is gone for ever; `EngineError` as of `lost_cluster`. `repair`: Helm acts on each release that has
    drifted, but for these places, and what drifted elsewhere is read again, so that the `up` sees it.
    """

    ends: bool = False
    assume_absent: bool = False
    renew: bool = False
    lost: bool = False
    repair: Sequence[str] | None = None


AN_UP_FOLLOWS = ResolveOptions()
A_DESTROY_FOLLOWS = ResolveOptions(ends=True)

NOTHING_TO_TOUCH = (
    "only its expiry, description or protection changed, and its state holds nothing that such an update touches; "
    "helium reconcile --roll brings it up as a whole"
)
"""Why a metadata-only update is refused: it must never become a full one."""

NEW_STACK = UpOptions()
"""How an `up` creates a stack with the engine's own program."""


class Engine(Protocol):
    """Pulumi. Each call is about one stack; several threads may call at once. `EngineError` and its kinds."""

    def observe(self) -> Listing:
        """One listing of the whole state: names, and which are corrupt. `EngineError` when it cannot be read."""

    def ownership(self, stack: StackId) -> Ownership | None:
        """Whose the stack is by its own state; `None`: it does not say. `StackMissingError` when it does not exist."""

    def wrong_cluster(self, ownership: Ownership) -> str:
        """Why its cluster's name points to a different cluster today; empty if it does not."""

    def lost_cluster(self, stack: StackId) -> LostCluster:
        """What would be forgotten of the stack if its cluster is gone for ever.

        `EngineError` where the cluster gives any answer: then it is there.
        """

    def check_marker(self) -> str | None:
        """Decrypt the marker's secret: the ledger's id, or `None` for a marker that has lost it.

        `EngineError` when the passphrase (or key) is not the fleet's.
        """

    def create_marker(self, ledger: str) -> None:
        """Create the marker stack of this fleet with the ledger's id; one that exists is updated."""

    def drift(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """What of the stack no longer is as it was made; nothing is written. `ignored`: what the fleet wants so.

        `EngineError` where nobody can look; what alone could not be looked at is in the look.
        """

    def put_back(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """Put back what differs and can be put back by itself, without the program; the rest, by another look."""

    def resolve_pending(self, stack: StackId, options: ResolveOptions = AN_UP_FOLLOWS) -> Resolved:
        """Look for each resource that a killed run left pending, by its name: import ours, drop the absent.

        Also look at what the stack has in its cluster: what is gone leaves the state, and what Helm left halfway is
        done again by the `up` that follows. This takes long; the `up` or `destroy` that gets the result does not look
        again. What may exist and cannot be looked for by its name is an `EngineError`, and so is somebody else's.
        """

    def up(self, workspace: Workspace, options: UpOptions = NEW_STACK) -> Built:
        """Create the stack, or update the resolved one. `WouldReplaceError` when Pulumi refused for `protect`.

        `EngineError` for a metadata-only update of a stack that holds nothing.
        """

    def destroy(self, resolved: Resolved) -> None:
        """Destroy all that the stack has, `protect` or not. Needs neither file nor backend folder."""

    def empty(self, stack: StackId) -> bool:
        """Whether an export shows no resources and nothing pending."""

    def bare(self, stack: StackId) -> bool:
        """Whether an export shows nothing of any cloud: at most the stack's own resource and providers."""

    def look(self, stack: StackId, *, now: datetime, probe: Probe | None = None) -> WorkspaceHealth | None:
        """What the stack has in its cluster now, and what its `probe` answers; `None` for a stack that has neither.

        A cluster that cannot be read is said in it, and is no error. `EngineError` where the state cannot be read.
        """

    def succeeded(self, stack: StackId) -> bool:
        """Whether the last operation on the stack was an `up` that ended well, as Pulumi's own history tells."""

    def remove(self, stack: StackId) -> None:
        """`stack rm`, never forced, with history and backups; a stack that is not there is a success."""

    def forget(self, stack: StackId) -> None:
        """Remove what a killed `remove` left of a stack that was proven empty. One that exists is left alone."""

    def set_aside(self, stack: StackId, *, readable: bool = False) -> tuple[str, ...]:
        """Rename the files of a stack that cannot be opened, so that no listing has it; where they are now.

        Nothing for a stack that can be opened, unless a `readable` one is meant as well. `EngineError` for a state
        that is not a folder.
        """

    def unlock(self, stack: StackId) -> None:
        """Break the stack's lock."""

    def report_to(self, listens: Callable[[StackId, Doing], None]) -> None:
        """Tell this, from now on, what each `up` and `destroy` is at, as it happens; from the thread that called it."""

    def close(self) -> None:
        """End the workers."""
