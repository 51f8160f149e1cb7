"""A real pass whose every call of a port is answered by the explorer. The same answers make it do the same again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from helium.adapters.specs import YamlSpecs
from helium.core.drift import DriftLook
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord
from helium.core.observation import Recipe
from helium.core.order import Order
from helium.core.plan import Plan
from helium.core.run import Run
from helium.core.sharded_plan import ShardedPlan
from helium.core.spec import Entry, Reading
from helium.core.stack import Listing, StackId
from helium.core.workspace import Ownership, Workspace
from helium.errors import SourceError
from helium.ports import Ports
from helium.ports.engine import AN_UP_FOLLOWS, NEW_STACK, Built, LostCluster, Resolved, ResolveOptions, UpOptions
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.loop import Pass, PassOptions
from tests.backend_rules import GCP
from tests.explorer.calls import MACHINES, PortCall
from tests.explorer.threads import PassThreads, SteppedWorkers, here
from tests.fakes import FakeCommit, FakeRepo, blob_of
from tests.reconcile.harness import RecordedProgress

LINES: dict[str, tuple[FakeCommit, ...]] = {}
"""Each commit that anybody ever made, with all that it stands on."""
_BYTES: dict[str, bytes] = {}
_PURE: dict[Any, Any] = {}
"""What was asked of a commit, and can be asked again: commits do not change."""


def known_line(line: tuple[FakeCommit, ...]) -> None:
    """Let passes read a commit."""
    if line[-1].commit.id not in LINES:
        LINES[line[-1].commit.id] = line
        _BYTES.update({blob_of(data): data for data in line[-1].files.values()})


class RepoInWorld:
    """Main. What is asked of a commit is answered at once, since it never changes; `head` is a step."""

    def __init__(self, threads: Callable[[], PassThreads]) -> None:
        self._threads = threads

    def fetch(self) -> None:
        """What `head` tells is as new as the remote's."""

    def head(self) -> str:
        """Main's commit."""
        return str(here().asks(PortCall("repo.head")))

    def blobs(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """From any commit."""
        return {id: _BYTES[id] for id in ids if id in _BYTES}

    def remote_time(self) -> datetime:
        """The right time."""
        return self._threads().now

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """Whatever is asked of one commit."""

        def answer(commit: str, *given: Any, **named: Any) -> Any:
            key = (method, commit, given, tuple(named.items()))
            if key not in _PURE:
                repo = FakeRepo()
                repo.line = list(LINES[commit])
                _PURE[key] = getattr(repo, method)(commit, *given, **named)
            return _PURE[key]

        return answer


class LedgerInSteps:
    """The branch of records. `rest`: seconds between two pushes that the remote asks for."""

    def __init__(self, rest: float = 0.0) -> None:
        self.rest = rest

    def read(self) -> Snapshot:
        """All of it."""
        return here().asks(PortCall("ledger.read"))  # type: ignore[no-any-return]

    def fleet_record(self) -> FleetRecord | None:
        """The fleet's record alone."""
        return here().asks(PortCall("ledger.fleet_record"))  # type: ignore[no-any-return]

    def write(self, writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        """How long a pass took, a real clock told it: the same pass would not write the same again."""
        last = writes.fleet_record.last_pass if writes.fleet_record else None
        writes = replace(writes, log=tuple(replace(line, seconds=0.0) for line in writes.log))
        if writes.fleet_record and last:
            writes = replace(writes, fleet_record=replace(writes.fleet_record, last_pass=replace(last, seconds=0.0)))
        return here().asks(PortCall("ledger.write", (writes, on), repr(writes)))  # type: ignore[no-any-return]

    def note_requests(self, *_: object, **__: object) -> None:
        """No pass does."""

    def plan(self, commit: str) -> ShardedPlan:
        """Nobody leaves one."""
        raise SourceError(f"{commit} has no plan for shards.")

    def diagnostics(self, name: str) -> str:
        """No pass asks."""
        return ""

    def log(self, *, name: str | None = None, since: datetime | None = None) -> Any:
        """The lines of ends."""
        return iter(here().asks(PortCall("ledger.log", (name, since), f"{name} {since}")))


class EngineInSteps:
    """Pulumi. What lasts has two steps, and does not begin later than it may."""

    def observe(self) -> Listing:
        """The listing."""
        return self._asks("observe")  # type: ignore[no-any-return]

    def ownership(self, stack: StackId) -> Ownership | None:
        """Whose it is."""
        return self._asks("ownership", stack)  # type: ignore[no-any-return]

    def wrong_cluster(self, _: Ownership) -> str:
        """There is one cluster."""
        return ""

    def check_marker(self) -> str | None:
        """The ledger's id."""
        return self._asks("check_marker")  # type: ignore[no-any-return]

    def create_marker(self, ledger: str) -> None:
        """The marker."""
        self._asks("create_marker", ledger)

    def lost_cluster(self, stack: StackId) -> LostCluster:
        """Nobody gives a cluster up here."""
        return self._asks("lost_cluster", stack)  # type: ignore[no-any-return]

    def drift(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """No fleet here says that passes look."""
        raise AssertionError(f"{stack} was looked at for drift")

    def put_back(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """Nothing has drifted."""
        raise AssertionError(f"{stack} was put back")

    def resolve_pending(self, stack: StackId, options: ResolveOptions = AN_UP_FOLLOWS) -> Resolved:
        """Nothing is in doubt any more."""
        return self._asks("resolve_pending", stack)  # type: ignore[no-any-return]

    def up(self, workspace: Workspace, options: UpOptions = NEW_STACK) -> Built:
        """It lasts."""
        self._asks("up begins", workspace, options, here().threads.now + BEGIN)
        return self._asks("up ends", workspace, options)  # type: ignore[no-any-return]

    def destroy(self, resolved: Resolved) -> None:
        """It lasts."""
        self._asks("destroy begins", resolved, here().threads.now + BEGIN)
        self._asks("destroy ends", resolved)

    def empty(self, stack: StackId) -> bool:
        """Whether it holds nothing."""
        return bool(self._asks("empty", stack))

    def bare(self, stack: StackId) -> bool:
        """Whether it holds nothing of any cloud."""
        return bool(self._asks("bare", stack))

    def look(self, stack: StackId, *, now: datetime, probe: object = None) -> None:
        """There is no cluster."""

    def succeeded(self, stack: StackId) -> bool:
        """Whether the last `up` ended well."""
        return bool(self._asks("succeeded", stack))

    def remove(self, stack: StackId) -> None:
        """Its name goes."""
        self._asks("remove", stack)

    def forget(self, stack: StackId) -> None:
        """Nothing is left of what is gone."""
        self._asks("forget", stack)

    def set_aside(self, _: StackId, *, readable: bool = False) -> tuple[str, ...]:
        """No pass does."""
        return ()

    def unlock(self, stack: StackId) -> None:
        """Its lock goes."""
        self._asks("unlock", stack, here().threads.now + BEGIN)

    def close(self) -> None:
        """No pass does."""

    def report_to(self, *_: object, **__: object) -> None:
        """Nobody looks on."""

    def _asks(self, method: str, *given: Any) -> Any:
        return here().asks(PortCall(f"engine.{method}", given, repr(given)))


class RememberedSpecs(YamlSpecs):
    """The real reader, which reads the same files once."""

    def __init__(self) -> None:
        super().__init__({"gcp-namespace": GCP})

    def fleet(self, data: bytes) -> Fleet:
        """By its bytes."""
        if data not in _PURE:
            _PURE[data] = super().fleet(data)
        return _PURE[data]  # type: ignore[no-any-return]

    def read(self, entries: Sequence[Entry], data: Mapping[str, bytes], *, fleet: Fleet) -> Mapping[str, Reading]:
        """By what is asked."""
        key = (tuple(entries), frozenset(data), id(fleet))
        if key not in _PURE:
            _PURE[key] = super().read(entries, data, fleet=fleet)
        return _PURE[key]  # type: ignore[no-any-return]

    def read_with(self, fleet: Fleet) -> str:
        """By the fleet's settings, each of which is one object."""
        key = ("read with", id(fleet))
        if key not in _PURE:
            _PURE[key] = super().read_with(fleet)
        return str(_PURE[key])


PROGRAM = "stacks/gcp-namespace/program"
"""The file that stands for a backend's program."""


class BackendsInWorld:
    """One backend, whose program is what a file says at the commit."""

    def recipes(self, fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        """What it would make."""
        program = LINES[commit][-1].files.get(PROGRAM, b"program-1").decode()
        return {"gcp-namespace": Recipe(program, placement={"cluster": "ci"})}


SPECS, BACKENDS = RememberedSpecs(), BackendsInWorld()


def repaired(order: Order, /) -> str:
    """What a process does for an order beside passing."""
    return str(here().asks(PortCall("order.repair", (order,), repr(order))))


BEGIN = timedelta(minutes=5)
"""How late what lasts may still begin: as `EngineSettings.begin`."""


@dataclass(frozen=True, slots=True)
class PassInWorld:
    """A pass that takes part: its name, how it passes, and how long a rest its remote asks for."""

    name: str
    options: PassOptions
    rest: float = 0.0

    def threads(self) -> PassThreads:
        """The pass, before its first step."""
        made: list[PassThreads] = []
        gone = made.__getitem__
        ports = Ports(
            RepoInWorld(lambda: gone(0)),
            LedgerInSteps(self.rest),
            EngineInSteps(),
            SPECS,
            BACKENDS,
        )
        machine = f"{MACHINES}{self.name}"
        run = Run(self.name, machine, 1, "boot", gone=lambda _: False, machine=machine)
        shown: list[Plan] = []
        one = Pass(ports, run, RecordedProgress(), lambda: gone(0).now, shown.append, SteppedWorkers(), repaired)
        made.append(PassThreads(lambda: one.go(self.options)))
        return made[0]
