"""What a pass needs from the world, as ports. Each has one adapter, one fake, and one contract suite that runs on both.

Every method is blocking. Errors are Helium's: `SourceError` of git and the ledger, `EngineError`, `SpecError` of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from helium.core.digest import Json
from helium.core.facts import Recipe
from helium.core.fleet import Fleet
from helium.core.log import LogLine
from helium.core.plan import Change, Outcome
from helium.core.record import Illegible, Record
from helium.core.register import Register
from helium.core.spec import Birth, Entry, Reading, Removal
from helium.core.split import Split
from helium.core.stack import Listing, StackId
from helium.core.workspace import Mark, Workspace


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of main: its id, instant, author (`name <mail>`), subject and trailers.

    `approved_by` is who merged it, or whom a `Reviewed-by` or `Approved-by` names; empty where git does not know.
    """

    id: str
    time: datetime
    author: str
    subject: str
    trailers: Mapping[str, str] = field(default_factory=dict)
    approved_by: str = ""

    @property
    def by(self) -> str:
        """Who asked for it: whom a door names, else the author."""
        return self.trailers.get("Helium-By") or self.author


@dataclass(frozen=True, slots=True)
class Edit:
    """Write `data` at `path`, or remove the path when `data` is `None`."""

    path: str
    data: bytes | None


class Repo(Protocol):
    """Main, as git objects. Never the working tree, but for `commit` in a repository without a remote."""

    def fetch(self) -> None:
        """Bring what the remote has; nothing without a remote. `SourceError` when it cannot be reached."""

    def head(self) -> str:
        """The commit of main: the remote's as fetched last, or the repository's own where there is no remote."""

    def resolve(self, ref: str) -> str:
        """The commit that a person's `ref` names; `SourceError` when there is none."""

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """Everything under `workspaces/`, at any depth, sorted by path: files, links, submodules; no folders."""

    def read(self, commit: str, path: str) -> bytes | None:
        """One file's bytes at a commit, `None` when it is absent."""

    def blobs(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes of many blobs at once."""

    def births(self, commit: str, *, since: str | None) -> Mapping[str, Birth]:
        """Who was added, by name (not by path), on first parents after `since` (`None`: ever), still there."""

    def removals(self, commit: str, *, since: str | None) -> Mapping[str, Removal]:
        """Who was taken away after `since` and is absent at `commit`."""

    def touched(self, commit: str, *, since: str | None) -> Mapping[str, Commit]:
        """The newest commit after `since` that touched each name's file; of a merge, its author is the branch's."""

    def descends(self, commit: str, ancestor: str) -> bool | None:
        """Whether `ancestor` is an ancestor of (or is) `commit`; `None` when this clone cannot tell (shallow)."""

    def commits(self, name: str, *, commit: str) -> tuple[Commit, ...]:
        """The commits that touched a name's file, newest first."""

    def commit(
        self, edits: Sequence[Edit], *, head: str, author: str, message: str, trailers: Mapping[str, str]
    ) -> str:
        """One commit on exactly `head`, pushed where there is a remote; `HeadMoved` when main is elsewhere by now."""

    def remote_time(self) -> datetime | None:
        """The remote's own clock, seen at the last fetch; `None` where there is none."""


class View(Protocol):
    """Main at one commit, as a request looks at it."""

    @property
    def commit(self) -> str:
        """The commit."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything under `workspaces/`."""

    def read(self, path: str) -> bytes | None:
        """One file's bytes, `None` when it is absent."""


@dataclass(frozen=True, slots=True)
class Request:
    """One wish of one person, which becomes one commit.

    `edit` looks at main as it is and says what to write; it raises what the asker is to be told. It is asked again,
    on the new head, when somebody else pushed first. `by` is `Name <mail>`. `keyed`: the first half of the id
    stands for a key of the asker's, and on main no other request may begin with it.
    """

    id: str
    by: str
    message: str
    edit: Callable[[View], Sequence[Edit]]
    keyed: bool = False


class Door(Protocol):
    """Writes of many people to one main branch."""

    def view(self) -> View:
        """Main as fetched last: for reads, never for a promise."""

    def submit(self, request: Request) -> str:
        """Block until the remote has the commit, and return its id; acknowledged means pushed.

        Concurrent requests share one push. One whose id is on main is done; `KeyReused` when another with its key is.
        `SourceError` when the remote refuses this one's commit (the others go through) or cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ledger at one commit (`None`: no branch yet), by name and run. `gaps`: what Helium did not leave so."""

    head: str | None = None
    register: Register | None = None
    records: Mapping[str, Record | Illegible] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)
    plans: frozenset[str] = frozenset()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writes:
    """What one ledger commit says: records put (`None` drops one), the register's new form, lines for the log.

    `takes_lease`: the register's lease is a new one, and nothing of this is written if another took it meanwhile.
    `under`: run and counter of the lease without which nothing of this is written. `claims`: a record is written over
    another's even then not when both say the same. `plans`: by run, left for shards (`None` takes one away).
    """

    records: Mapping[str, Record | None] = field(default_factory=dict)
    register: Register | None = None
    log: tuple[LogLine, ...] = ()
    message: str = ""
    takes_lease: bool = False
    under: tuple[str, int] | None = None
    claims: bool = False
    plans: Mapping[str, Split | None] = field(default_factory=dict)


class Ledger(Protocol):
    """The branch of records."""

    def read(self) -> Snapshot:
        """The newest state, fetched where there is a remote. A record that cannot be read is an `Illegible`."""

    def register(self) -> Register | None:
        """The newest `fleet.json` alone, fetched where there is a remote: for the look before a change starts."""

    def write(self, writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        """Compare-and-swap: the new snapshot, and the names whose record somebody else had changed (not written).

        A lost race is retried on the new head. The register is merged key by key: what `writes` changed against `on`.
        `LeaseHeld` for a write that takes the lease after another took it, `PlanEnded` for one that is `under` a lease
        which is no more: not even a part of it is written.
        """

    def plan(self, commit: str) -> Split:
        """The plan that was left for shards in that commit of the ledger; `SourceError` when there is none to read."""

    def log(self, *, name: str | None = None, since: datetime | None = None) -> Iterator[LogLine]:
        """The log, oldest first."""


@dataclass(frozen=True, slots=True)
class Built:
    """What an `up` made: outputs that are no secrets, resources by type, and how many were changed."""

    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    changed: int = 0


class Engine(Protocol):
    """Pulumi. One stack at a time per call; several threads may call at once. `EngineError` and its kinds."""

    def observe(self) -> Listing:
        """One listing of the whole state; `EngineError` when it cannot be read, naming the corrupt stack if one is."""

    def mark(self, stack: StackId) -> Mark | None:
        """What the stack's state says of itself; `None`: no mark. `StackMissing` when there is no such stack."""

    def astray(self, mark: Mark) -> str:
        """Why its cluster's name leads to another one today: what touches it is `Astray`; empty if it does not."""

    def check_marker(self) -> None:
        """Decrypt the marker's secret; `EngineError` when the passphrase (or key) is not the fleet's."""

    def make_marker(self) -> None:
        """Make the marker stack of this fleet."""

    def settle(self, stack: StackId, *, ends: bool = False) -> None:
        """Look for each resource that a killed run left pending, by its name: import ours, drop the absent.

        What takes long is done then: the `up` or `destroy` that comes next looks no more. `ends`: it is a destroy, and
        has no business with what is somebody else's. Of a stack that was not listed nothing can be pending.
        """

    def up(self, workspace: Workspace, *, light: bool = False, allow_replace: bool = False) -> Built:
        """Bring the stack up (settled first). `WouldReplace` when Pulumi refused to touch what is `protect`."""

    def destroy(self, stack: StackId) -> None:
        """Destroy all that the stack has, `protect` or not (settled first). Needs neither file nor backend folder."""

    def empty(self, stack: StackId) -> bool:
        """Whether an export shows no resources and nothing pending."""

    def bare(self, stack: StackId) -> bool:
        """Whether an export shows nothing of any cloud: at most the stack's own resource and providers."""

    def succeeded(self, stack: StackId) -> bool:
        """Whether the last operation on the stack was an `up` that ended well, as Pulumi's own history tells."""

    def remove(self, stack: StackId) -> None:
        """`stack rm`, never forced; a stack that is not there is a success."""

    def unlock(self, stack: StackId) -> None:
        """Break the stack's lock."""

    def close(self) -> None:
        """End the workers."""


class Specs(Protocol):
    """How files are read and judged."""

    def fleet(self, data: bytes) -> Fleet:
        """`helium.yaml`; `SpecError` with every fault."""

    def read(self, entries: Sequence[Entry], data: Mapping[str, bytes], *, fleet: Fleet) -> Mapping[str, Reading]:
        """Every entry under `workspaces/`, by the name it holds; `data` by blob, without bytes it is `Unread`."""

    def read_with(self, fleet: Fleet) -> str:
        """One digest of schema, defaults, limits and backends: while it holds, a blob reads the same."""

    def text(self, fields: Mapping[str, Json], *, path: str) -> bytes:
        """A new spec file; `SpecError` for fields that no strict reader would give back."""

    def edited(self, data: bytes, changes: Mapping[str, Json], *, path: str) -> bytes:
        """The file with some top-level scalars set; every other byte stays."""

    def mapping(self, data: bytes, *, path: str) -> Mapping[str, Json]:
        """Helm values as text of their own, read as strictly as a spec; `SpecError` with every fault."""


class Backends(Protocol):
    """The folders under `stacks/` and the built-ins, as the pass's commit has them."""

    def recipes(self, fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        """What each backend would make a workspace with today, by the backend's name."""


class Progress(Protocol):
    """What a person (or a log) is told while work goes on."""

    def planned(self, changes: Sequence[Change]) -> None:
        """The work that is about to start."""

    def started(self, change: Change) -> None:
        """The engine starts on this one."""

    def finished(self, change: Change, outcome: Outcome) -> None:
        """What became of it."""

    def note(self, sentence: str) -> None:
        """Something worth a line: waiting for a lease, settling what a killed run left."""
