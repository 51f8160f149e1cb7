"""Pulumi in memory: stacks as values, with an ownership each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from helium.core.drift import DriftLook, RepairWay
from helium.core.health import WorkspaceHealth
from helium.core.live import Doing
from helium.core.probes import Probe
from helium.core.stack import Listing, Stack, StackId
from helium.core.workspace import Ownership, Workspace
from helium.errors import EngineError, EngineInterruptedError, StackMissingError, WouldReplaceError
from helium.ports.engine import (
    AN_UP_FOLLOWS,
    NEW_STACK,
    NOTHING_TO_TOUCH,
    Built,
    LostCluster,
    Resolved,
    ResolveOptions,
    UpOptions,
)


@dataclass(slots=True)
class FakeStack:
    """One stack: its ownership (the inputs of the last `up`, good or not), what it holds, what is pending."""

    ownership: Ownership | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    pending: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing in it, nothing pending."""
        return self.ownership is None and not self.resources and not self.pending


class FakeEngine:
    """Pulumi in memory. `errors` by (method, stack's name) are raised by that call, each time, after it acted.

    `calls` is what was asked, in order, as (method, stack's name). `folders`: each name's program at its last `up`;
    `charts`: which charts of which commit it was brought up with.
    `wrong_passphrase`, `unreadable` (the listing's sentence), `corrupt` (a sentence by name), `would_replace` (names)
    and `elsewhere` (a sentence by cluster) say what goes wrong; `foreign` is what others have in the same state.
    `looks`: what is seen in the cluster, by name; `drifted`: what a look for drift finds; `stubborn`:
    where an `up` does not help against it.
    """

    def __init__(self, fleet: str = "acme") -> None:
        self.fleet = fleet
        self.stacks: dict[StackId, FakeStack] = {}
        self.marker = False
        self.ledger: str | None = ""
        self.foreign: tuple[str, ...] = ()
        self.wrong_passphrase = False
        self.unreadable = ""
        self.would_replace: set[str] = set()
        self.elsewhere: dict[str, str] = {}
        self.corrupt: dict[str, str] = {}
        self.errors: dict[tuple[str, str], EngineError] = {}
        self.calls: list[tuple[str, str]] = []
        self.folders: dict[str, str] = {}
        self.charts: dict[str, tuple[dict[str, str], str]] = {}
        self.looks: dict[str, WorkspaceHealth] = {}
        self.probes: dict[str, Probe | None] = {}
        self.closed = False
        self.drifted: dict[str, DriftLook] = {}
        self.stubborn: set[str] = set()
        self.listens: Callable[[StackId, Doing], None] = lambda _stack, _doing: None
        self._lock = threading.Lock()

    def observe(self) -> Listing:
        """Every stack that was not removed."""
        self._note("observe", "")
        if self.unreadable:
            raise EngineError("", self.unreadable)
        stacks = tuple(Stack(id, self.corrupt.get(id.name, "")) for id in sorted(self.stacks))
        return Listing(stacks=stacks, marker=self.marker, foreign=self.foreign)

    def ownership(self, stack: StackId) -> Ownership | None:
        """What the last `up` left."""
        self._note("ownership", stack.name)
        return self._stack(stack).ownership

    def wrong_cluster(self, ownership: Ownership) -> str:
        """The sentence that was given for the cluster of its place."""
        return self.elsewhere.get(str(ownership.placement.get("cluster", "")), "")

    def check_marker(self) -> str | None:
        """The marker must be there, and the passphrase right."""
        self._note("check_marker", "")
        if not self.marker:
            raise StackMissingError(str(StackId.marker(self.fleet)), "the state has no such stack")
        if self.wrong_passphrase:
            raise EngineError(str(StackId.marker(self.fleet)), "the passphrase is not the fleet's")
        return self.ledger

    def create_marker(self, ledger: str) -> None:
        """Creates it, or creates it again."""
        self._note("create_marker", "")
        self.marker, self.ledger = True, ledger

    def lost_cluster(self, stack: StackId) -> LostCluster:
        """One that is `elsewhere` cannot be asked; any other answers."""
        self._note("lost_cluster", stack.name)
        ownership = self._stack(stack).ownership
        cluster = str(ownership.placement.get("cluster", "")) if ownership else ""
        if cluster not in self.elsewhere:
            raise EngineError(str(stack), f"the cluster {cluster} answers")
        return LostCluster(cluster, self.elsewhere[cluster], ("Thing it",))

    def drift(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """What was given for the name."""
        self._note("drift", stack.name)
        self._stack(stack)
        return self.drifted.get(stack.name, DriftLook()).without(ignored)

    def put_back(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """Only what needs an update, or nothing helps against, is left."""
        self._note("put_back", stack.name)
        self._stack(stack)
        look = self.drifted.get(stack.name, DriftLook()).without(ignored)
        kept = tuple(each for each in look.differences if each.repair is not RepairWay.APPLY)
        self.drifted[stack.name] = DriftLook(kept, look.unseen)
        return self.drifted[stack.name]

    def resolve_pending(self, stack: StackId, options: ResolveOptions = AN_UP_FOLLOWS) -> Resolved:
        """Nothing is pending any more."""
        if stack not in self.stacks:
            return Resolved(stack)
        self._note("resolve_pending", stack.name)
        if options.lost:
            self.lost_cluster(stack)
        self.stacks[stack].pending = False
        return Resolved(stack, document={})

    def up(self, workspace: Workspace, options: UpOptions = NEW_STACK) -> Built:
        """Ownership is recorded even when the `up` then fails."""
        stack = workspace.stack
        if options.resolved is not None:
            self._stack(options.resolved.stack)
        if options.metadata_only and (stack not in self.stacks or self.stacks[stack].is_empty):
            raise EngineError(str(stack), NOTHING_TO_TOUCH)
        there = self.stacks.setdefault(stack, FakeStack())
        there.pending, there.ownership = False, workspace.ownership
        self.folders[workspace.name] = options.folder
        self.charts[workspace.name] = dict(options.charts), options.commit
        self._note("up", workspace.name)
        if workspace.name in self.would_replace and not options.allow_replace:
            raise WouldReplaceError(str(stack), "Pulumi refused to delete a resource that holds data")
        if not options.metadata_only:
            look = self.drifted.get(workspace.name, DriftLook())
            helps = workspace.name not in self.stubborn
            stays = tuple(each for each in look.differences if not helps or each.repair is RepairWay.NOTHING)
            self.drifted[workspace.name] = DriftLook(stays, () if helps else look.unseen)
            there.outputs = {"url": f"https://{workspace.name}"}
            there.resources = {"test:index:Thing": 1}
            self.listens(stack, Doing(done=1))
        return Built(outputs=there.outputs, resources=there.resources, changed=1)

    def destroy(self, resolved: Resolved) -> None:
        """Everything goes but the stack itself."""
        stack = resolved.stack
        self._stack(stack)
        self._note("destroy", stack.name)
        self.listens(stack, Doing(done=len(self.stacks[stack].resources)))
        self.stacks[stack] = FakeStack()

    def empty(self, stack: StackId) -> bool:
        """Nothing there, nothing pending."""
        self._note("empty", stack.name)
        return self._stack(stack).is_empty

    def bare(self, stack: StackId) -> bool:
        """Of what the fake holds, everything is a cloud's."""
        self._note("bare", stack.name)
        return self._stack(stack).is_empty

    def look(self, stack: StackId, *, now: datetime, probe: Probe | None = None) -> WorkspaceHealth | None:
        """As it was given in `looks`, by name. The probe is kept, and nobody is asked."""
        self._note("look", stack.name)
        self.probes[stack.name] = probe
        self._stack(stack)
        seen = self.looks.get(stack.name)
        return None if seen is None else replace(seen, at=now)

    def succeeded(self, stack: StackId) -> bool:
        """What the last `up` left is there whole, unless it was to fail."""
        self._note("succeeded", stack.name)
        return bool(self._stack(stack).resources) and ("up", stack.name) not in self.errors

    def remove(self, stack: StackId) -> None:
        """A stack that still holds something is refused; one that is not there is gone already."""
        self._note("remove", stack.name)
        if stack in self.stacks and not self.stacks[stack].is_empty:
            raise EngineError(str(stack), "it still has resources")
        self.stacks.pop(stack, None)

    def forget(self, stack: StackId) -> None:
        """Of a stack that is gone, nothing is left here."""
        self._note("forget", stack.name)

    def set_aside(self, stack: StackId, *, readable: bool = False) -> tuple[str, ...]:
        """Only a stack of `corrupt` is given up, unless a readable one is meant as well."""
        self._note("set_aside", stack.name)
        if stack.name not in self.corrupt and not readable:
            return ()
        self.corrupt.pop(stack.name, None)
        self.stacks.pop(stack)
        return (f"{stack}.json.1",)

    def unlock(self, stack: StackId) -> None:
        """There are no locks here."""
        self._note("unlock", stack.name)
        self._stack(stack)

    def report_to(self, listens: Callable[[StackId, Doing], None]) -> None:
        """Tells it of the one thing that there is."""
        self.listens = listens

    def close(self) -> None:
        """Every later call is interrupted."""
        self.closed = True

    def _note(self, method: str, name: str) -> None:
        with self._lock:
            self.calls.append((method, name))
        if self.closed:
            raise EngineInterruptedError(name, "the engine is closed")
        if error := self.errors.get((method, name)):
            raise error

    def _stack(self, stack: StackId) -> FakeStack:
        if stack not in self.stacks:
            raise StackMissingError(str(stack), "the state has no such stack")
        return self.stacks[stack]
