"""One fake per port, kept true by the contract suite that also runs on the real thing."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from helium.adapters.ledger.merge import due
from helium.core.facts import Recipe
from helium.core.fleet import Fleet
from helium.core.record import Illegible, Record
from helium.core.register import Register
from helium.core.spec import Birth, Entry, Removal
from helium.core.stack import Listing, Stack, StackId
from helium.core.workspace import Mark, Workspace
from helium.errors import (
    EngineError,
    HeadMoved,
    Interrupted,
    SourceError,
    StackMissing,
    UsageError,
    WouldReplace,
)
from helium.reconcile.ports import Built, Commit, Edit, LogLine, Request, Snapshot, Writes


@dataclass(slots=True)
class FakeStack:
    """One stack: its mark (the inputs of the last `up`, good or not), what it holds, what is pending."""

    mark: Mark | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    pending: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing held, nothing pending."""
        return self.mark is None and not self.resources and not self.pending


class FakeEngine:
    """Pulumi in memory. `errors` by (method, stack's name) are raised by that call, each time, after it acted.

    `calls` is what was asked, in order, as (method, stack's name). `wrong_passphrase`, `unreadable` (the listing's
    sentence) and `would_replace` (names) say what goes wrong; `foreign` is what others have in the same state.
    """

    def __init__(self, fleet: str = "acme") -> None:
        self.fleet = fleet
        self.stacks: dict[StackId, FakeStack] = {}
        self.marker = False
        self.foreign: tuple[str, ...] = ()
        self.wrong_passphrase = False
        self.unreadable = ""
        self.would_replace: set[str] = set()
        self.errors: dict[tuple[str, str], EngineError] = {}
        self.calls: list[tuple[str, str]] = []
        self.closed = False
        self._lock = threading.Lock()

    def observe(self) -> Listing:
        """Every stack that was not removed."""
        self._note("observe", "")
        if self.unreadable:
            raise EngineError("", self.unreadable)
        stacks = tuple(
            Stack(id, resources=0 if held.is_empty else sum(held.resources.values()) + 2)
            for id, held in sorted(self.stacks.items())
        )
        return Listing(stacks=stacks, marker=self.marker, foreign=self.foreign)

    def mark(self, stack: StackId) -> Mark | None:
        """What the last `up` left."""
        self._note("mark", stack.name)
        return self._held(stack).mark

    def check_marker(self) -> None:
        """The marker must be there, and the passphrase right."""
        self._note("check_marker", "")
        if not self.marker:
            raise StackMissing(str(StackId.marker(self.fleet)), "the state has no such stack")
        if self.wrong_passphrase:
            raise EngineError(str(StackId.marker(self.fleet)), "the passphrase is not the fleet's")

    def make_marker(self) -> None:
        """Makes it, or makes it anew."""
        self._note("make_marker", "")
        self.marker = True

    def settle(self, stack: StackId, workspace: Workspace | None) -> None:
        """Nothing is pending any more."""
        self._note("settle", stack.name)
        self._held(stack).pending = False

    def up(self, workspace: Workspace, *, light: bool = False, allow_replace: bool = False) -> Built:
        """The mark is there even when the `up` then fails."""
        stack = StackId.of(workspace.fleet, workspace.backend, name=workspace.name)
        held = self.stacks.setdefault(stack, FakeStack())
        held.pending, held.mark = False, workspace.mark
        self._note("up", workspace.name)
        if workspace.name in self.would_replace and not allow_replace:
            raise WouldReplace(str(stack), "Pulumi refused, since it would take away what holds data")
        if not light:
            held.outputs = {"url": f"https://{workspace.name}"}
            held.resources = {"test:index:Thing": 1}
        return Built(outputs=held.outputs, resources=held.resources, changed=1)

    def destroy(self, stack: StackId) -> None:
        """Everything goes but the stack itself."""
        self._held(stack)
        self._note("destroy", stack.name)
        self.stacks[stack] = FakeStack()

    def empty(self, stack: StackId) -> bool:
        """Nothing there, nothing pending."""
        self._note("empty", stack.name)
        return self._held(stack).is_empty

    def bare(self, stack: StackId) -> bool:
        """Of what the fake holds, everything is a cloud's."""
        self._note("bare", stack.name)
        return self._held(stack).is_empty

    def succeeded(self, stack: StackId) -> bool:
        """What the last `up` left is there whole, unless it was to fail."""
        self._note("succeeded", stack.name)
        return bool(self._held(stack).resources) and ("up", stack.name) not in self.errors

    def remove(self, stack: StackId) -> None:
        """A stack that still holds something is refused; one that is not there is gone already."""
        self._note("remove", stack.name)
        if stack in self.stacks and not self.stacks[stack].is_empty:
            raise EngineError(str(stack), "it still has resources")
        self.stacks.pop(stack, None)

    def unlock(self, stack: StackId) -> None:
        """There are no locks here."""
        self._note("unlock", stack.name)
        self._held(stack)

    def close(self) -> None:
        """Every later call is interrupted."""
        self.closed = True

    def _note(self, method: str, name: str) -> None:
        with self._lock:
            self.calls.append((method, name))
        if self.closed:
            raise Interrupted(name, "the engine is closed")
        if error := self.errors.get((method, name)):
            raise error

    def _held(self, stack: StackId) -> FakeStack:
        if stack not in self.stacks:
            raise StackMissing(str(stack), "the state has no such stack")
        return self.stacks[stack]


def blob_of(data: bytes) -> str:
    """Git's own id of these bytes."""
    return hashlib.sha1(b"blob %d\0%b" % (len(data), data)).hexdigest()


@dataclass(frozen=True, slots=True)
class FakeCommit:
    """One commit: what git says of it, and every file by path."""

    told: Commit
    files: Mapping[str, bytes]

    def names(self) -> dict[str, str]:
        """The blob by name; the first path's where there are several."""
        paths = sorted((path for path in self.files if path.startswith("workspaces/")), reverse=True)
        plain = (path for path in paths if path.rpartition("/")[2] not in {".gitkeep", "README.md"})
        return {Entry(path, "").name: blob_of(self.files[path]) for path in plain}


class FakeRepo:
    """A straight line of commits in memory. `land` is anybody's push; `error` is raised by whatever asks the remote.

    `shallow`: history before the last commit is not known. `time` is the remote's clock.
    """

    def __init__(self, *, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.line: list[FakeCommit] = []
        self.start = start
        self.error: SourceError | None = None
        self.shallow = False
        self.time: datetime | None = None

    def land(
        self,
        files: Mapping[str, bytes | None],
        *,
        time: datetime | None = None,
        author: str = "Ann <ann@example.com>",
        message: str = "Change",
        trailers: Mapping[str, str] | None = None,
    ) -> str:
        """A commit with these files put (or taken away, `None`), an hour after the last unless `time` says else."""
        whole = {**(self.line[-1].files if self.line else {}), **files}
        kept = {path: data for path, data in whole.items() if data is not None}
        ident = hashlib.sha1(f"{len(self.line)} {sorted(kept.items())}".encode()).hexdigest()
        when = time or self.start + timedelta(hours=len(self.line))
        told = Commit(ident, when, author, message, dict(trailers or {}))
        self.line.append(FakeCommit(told, kept))
        return ident

    def fetch(self) -> None:
        """Nothing to bring."""
        if self.error:
            raise self.error

    def head(self) -> str:
        """The last commit."""
        if not self.line:
            raise SourceError("the repository has no commit yet")
        return self.line[-1].told.id

    def resolve(self, ref: str) -> str:
        """A commit by its id, or by `main`."""
        return self.head() if ref == "main" else self.line[self._at(ref)].told.id

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """All plain files."""
        files = self.line[self._at(commit)].files
        return tuple(sorted(Entry(p, blob_of(data)) for p, data in files.items() if p.startswith("workspaces/")))

    def read(self, commit: str, path: str) -> bytes | None:
        """One file."""
        return self.line[self._at(commit)].files.get(path)

    def blobs(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """From any commit."""
        known = {blob_of(data): data for commit in self.line for data in commit.files.values()}
        return {id: known[id] for id in ids if id in known}

    def births(self, commit: str, *, since: str | None) -> Mapping[str, Birth]:
        """By going forward."""
        return self._lives(commit, since)[0]

    def removals(self, commit: str, *, since: str | None) -> Mapping[str, Removal]:
        """By going forward."""
        return self._lives(commit, since)[1]

    def touched(self, commit: str, *, since: str | None) -> Mapping[str, Commit]:
        """By going forward."""
        first = 0 if since not in self._ids() else self._at(str(since)) + 1
        found: dict[str, Commit] = {}
        for number in range(first, self._at(commit) + 1):
            before = self.line[number - 1].files if number else {}
            now = self.line[number].files
            for path in sorted(before.keys() | now.keys()):
                if path.startswith("workspaces/") and before.get(path) != now.get(path):
                    found[Entry(path, "").name] = self.line[number].told
        return found

    def _lives(self, commit: str, since: str | None) -> tuple[dict[str, Birth], dict[str, Removal]]:
        births: dict[str, Birth] = {}
        removals: dict[str, Removal] = {}
        last: dict[str, str] = {}
        first = 0 if since not in self._ids() else self._at(str(since)) + 1
        if self.shallow and first < len(self.line) - 1:
            raise SourceError("this clone is shallow; run `git fetch --unshallow`")
        for number in range(first, self._at(commit) + 1):
            before = self.line[number - 1].names() if number else {}
            told, now = self.line[number].told, self.line[number].names()
            for name in before.keys() - now.keys():
                births.pop(name, None)
                last[name] = before[name]
                asked = self._asked(number)
                removals[name] = Removal(name, told.id, told.time, asked, by=told.by, approved_by=told.approved_by)
            for name in now.keys() - before.keys():
                removals.pop(name, None)
                births[name] = Birth(name, told.time, told.id, told.author, now[name], last.get(name))
        return births, removals

    def _asked(self, number: int) -> str:
        before, now = self.line[number - 1].files, self.line[number].files
        touched = [path for path in before.keys() | now.keys() if before.get(path) != now.get(path)]
        return "door" if len(touched) == 1 and "Helium-Request" in self.line[number].told.trailers else "direct"

    def descends(self, commit: str, ancestor: str) -> bool | None:
        """Whether it stands earlier in the line."""
        known = ancestor in self._ids() and self._at(ancestor) <= self._at(commit)
        return True if known and (not self.shallow or commit == ancestor) else None if self.shallow else False

    def commits(self, name: str, *, commit: str) -> tuple[Commit, ...]:
        """Those in which one of the name's files differs from the commit before."""
        line = self.line[: self._at(commit) + 1]
        befores: list[Mapping[str, bytes]] = [{}, *(one.files for one in line)]
        touched = [
            one.told for one, before in zip(line, befores, strict=False) if _of(name, one.files) != _of(name, before)
        ]
        return tuple(reversed(touched))

    def commit(
        self, edits: Sequence[Edit], *, head: str, author: str, message: str, trailers: Mapping[str, str]
    ) -> str:
        """On the last commit, or not at all."""
        if not edits or any(not edit.path.startswith("workspaces/") or ".." in edit.path for edit in edits):
            raise UsageError("only files under workspaces/ may be written")
        if self.error:
            raise self.error
        if head != self.head():
            raise HeadMoved(f"main is at {self.head()}")
        files = {edit.path: edit.data for edit in edits}
        if all(self.line[-1].files.get(path) == data for path, data in files.items()):
            return head
        return self.land(files, author=author, message=message, trailers=trailers)

    def remote_time(self) -> datetime | None:
        """What the test set."""
        return self.time

    def _ids(self) -> list[str]:
        return [commit.told.id for commit in self.line]

    def _at(self, commit: str) -> int:
        if commit not in self._ids():
            raise SourceError(f"there is no commit {commit}")
        return self._ids().index(commit)


def _of(name: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {p: data for p, data in files.items() if p.startswith("workspaces/") and Entry(p, "").name == name}


class FakeLedger:
    """The branch of records in memory. `error` is raised by the next calls; `writes` is all that was written."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.lines: list[LogLine] = []
        self.writes: list[Writes] = []
        self.error: SourceError | None = None

    def read(self) -> Snapshot:
        """What was written last."""
        if self.error:
            raise self.error
        return self.snapshot

    def register(self) -> Register | None:
        """The register alone."""
        return self.read().register

    def write(self, writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        """By the ledger's own rules of merging."""
        head = self.read()
        said, dropped = due(writes, on=on, head=head)
        records: dict[str, Record | Illegible] = {**head.records}
        for name, record in said.records.items():
            records.pop(name, None)
            if record is not None:
                records[name] = record
        if records == head.records and said.register is None and not said.log:
            return head, dropped
        self.writes.append(said)
        self.lines += said.log
        blobs = {name: blob_of(repr(record).encode()) for name, record in records.items()}
        self.snapshot = Snapshot(f"{len(self.writes):040x}", said.register or head.register, records, blobs)
        return self.snapshot, dropped

    def log(self, *, name: str | None = None, since: datetime | None = None) -> Iterator[LogLine]:
        """Day by day, within a day as they came."""
        for line in sorted(self.lines, key=lambda line: line.time.date()):
            if (name is None or line.name == name) and (since is None or line.time >= since):
                yield line


class FakeBackends:
    """Backends by what they would make a workspace with. `all` is of every commit but those in `at`."""

    def __init__(self, recipes: Mapping[str, Recipe]) -> None:
        self.all = dict(recipes)
        self.at: dict[str, Mapping[str, Recipe]] = {}

    def recipes(self, fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        """Those of the commit; a name that only the fleet's settings know cannot make anything."""
        there = self.at.get(commit, self.all)
        lost = {name: Recipe("", faults=("there is no such backend",)) for name in fleet.backends if name not in there}
        return dict(sorted({**there, **lost}.items()))


@dataclass(frozen=True, slots=True)
class FakeView:
    """Main at one commit of a `FakeRepo`."""

    repo: FakeRepo
    commit: str
    entries: tuple[Entry, ...]

    def read(self, path: str) -> bytes | None:
        """One file."""
        return self.repo.read(self.commit, path)


class FakeDoor:
    """Writes to a `FakeRepo`, one at a time. `error` is raised by each submit, nothing written.

    `rivals` are pushes of others, each done once, after a request looked at main and before its commit lands.
    """

    def __init__(self, repo: FakeRepo) -> None:
        self.repo = repo
        self.error: SourceError | None = None
        self.rivals: list[Callable[[], object]] = []
        self._lock = threading.Lock()
        self._view: FakeView | None = None
        self._done: dict[str, str] = {}
        self._looked = 0

    def view(self) -> FakeView:
        """The last commit."""
        head = self.repo.head()
        if self._view is None or self._view.commit != head:
            self._view = FakeView(self.repo, head, self.repo.entries(head))
        return self._view

    def submit(self, request: Request) -> str:
        """By the rules of the port: looked at again when somebody else pushed first, done once per id."""
        with self._lock:
            while True:
                if done := self._known(request.id):
                    return done
                if self.error:
                    raise self.error
                view = self.view()
                edits = request.edit(view)
                if self.rivals:
                    self.rivals.pop(0)()
                with contextlib.suppress(HeadMoved):
                    return self._land(request, edits, view=view)

    def _land(self, request: Request, edits: Sequence[Edit], *, view: FakeView) -> str:
        if not edits:
            return view.commit
        trailers = {"Helium-Request": request.id, "Helium-By": request.by}
        return self.repo.commit(edits, head=view.commit, author=request.by, message=request.message, trailers=trailers)

    def _known(self, id: str) -> str | None:
        """The commit of a request that is on main already."""
        for commit in self.repo.line[self._looked :]:
            self._done.setdefault(commit.told.trailers.get("Helium-Request", ""), commit.told.id)
        self._looked = len(self.repo.line)
        return self._done.get(id)
