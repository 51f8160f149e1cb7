"""Main in memory: a straight line of commits, each with every file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from helium.core.lineage import Lineage
from helium.core.spec import Addition, Entry, Removal
from helium.errors import HeadMovedError, SourceError, UsageError
from helium.ports.repo import Commit, Edit, Holding


def blob_of(data: bytes) -> str:
    """Git's own id of these bytes."""
    return hashlib.sha1(b"blob %d\0%b" % (len(data), data)).hexdigest()


@dataclass(frozen=True, slots=True)
class FakeCommit:
    """One commit: what git says of it, and every file by path."""

    commit: Commit
    files: Mapping[str, bytes]

    def names(self) -> dict[str, str]:
        """The blob by name; the first path's where there are several."""
        paths = sorted((path for path in self.files if path.startswith("workspaces/")), reverse=True)
        plain = (path for path in paths if path.rpartition("/")[2] not in {".gitkeep", "README.md"})
        return {Entry(path, "").name: blob_of(self.files[path]) for path in plain}

    def blobs(self, name: str) -> tuple[str, ...]:
        """Of all files of one name."""
        return tuple(blob_of(data) for data in _of(name, self.files).values())


class FakeRepo:
    """A straight line of commits in memory. `land` is anybody's push; `error` is raised by whatever asks the remote.

    `shallow`: history before the last commit is not known. `time` is the remote's clock, or `clock` tells it.
    """

    def __init__(self, *, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.line: list[FakeCommit] = []
        self.start = start
        self.error: SourceError | None = None
        self.shallow = False
        self.time: datetime | None = None
        self.clock: Callable[[], datetime] | None = None

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
        when = time or self.start + timedelta(hours=len(self.line))
        # Of all that it stands on, as git's: two histories never share a commit by chance.
        before = self.line[-1].commit.id if self.line else ""
        ident = hashlib.sha1(f"{before} {when} {author} {message} {sorted(kept.items())}".encode()).hexdigest()
        commit = Commit(ident, when, author, message, dict(trailers or {}))
        self.line.append(FakeCommit(commit, kept))
        return ident

    def fetch(self) -> None:
        """Nothing to bring."""
        if self.error:
            raise self.error

    def head(self) -> str:
        """The last commit."""
        if not self.line:
            raise SourceError("the repository has no commit yet")
        return self.line[-1].commit.id

    def resolve(self, ref: str) -> str:
        """A commit by its id, or by `main`."""
        return self.head() if ref == "main" else self.line[self._at(ref)].commit.id

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """All plain files."""
        files = self.line[self._at(commit)].files
        listed = (Entry(p, blob_of(data)) for p, data in files.items() if p.startswith("workspaces/"))
        return tuple(sorted(entry for entry in listed if not entry.exempt))

    def read(self, commit: str, path: str) -> bytes | None:
        """One file."""
        return self.line[self._at(commit)].files.get(path)

    def blobs(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """From any commit."""
        known = {blob_of(data): data for commit in self.line for data in commit.files.values()}
        return {id: known[id] for id in ids if id in known}

    def additions(self, commit: str, *, since: str | None, holding: Holding | None = None) -> Mapping[str, Addition]:
        """By going forward."""
        found, _ = self._lives(commit, since)
        return {name: replace(one, lineage=self._lineage(name, commit, since)) for name, one in found.items()}

    def removals(self, commit: str, *, since: str | None) -> Mapping[str, Removal]:
        """By going forward."""
        _, found = self._lives(commit, since)
        return {name: replace(one, lineage=self._lineage(name, commit, since)) for name, one in found.items()}

    def touched(self, commit: str, *, since: str | None) -> Mapping[str, Commit]:
        """By going forward."""
        first = 0 if since not in self._ids() else self._at(str(since)) + 1
        found: dict[str, Commit] = {}
        for number in range(first, self._at(commit) + 1):
            before = self.line[number - 1].files if number else {}
            now = self.line[number].files
            for path in sorted(before.keys() | now.keys()):
                if path.startswith("workspaces/") and before.get(path) != now.get(path):
                    found[Entry(path, "").name] = self.line[number].commit
        return found

    def _lives(self, commit: str, since: str | None) -> tuple[dict[str, Addition], dict[str, Removal]]:
        additions: dict[str, Addition] = {}
        removals: dict[str, Removal] = {}
        last: dict[str, str] = {}
        asked: dict[str, str] = {}
        first = 0 if since not in self._ids() else self._at(str(since)) + 1
        if self.shallow and first < len(self.line) - 1:
            raise SourceError("this clone is shallow; run `git fetch --unshallow`")
        for number in range(first, self._at(commit) + 1):
            before = self.line[number - 1].names() if number else {}
            landed, now = self.line[number].commit, self.line[number].names()
            began = dict(additions)
            for name in before.keys() - now.keys():
                additions.pop(name, None)
                last[name] = before[name]
                request = asked[name] = self._request(number, since=first)
                removals[name] = Removal(
                    name,
                    landed.id,
                    landed.time,
                    by=landed.by,
                    approved_by=landed.approved_by,
                    request=request,
                    blob=before[name],
                    added_at=began[name].added_at if name in began else None,
                    first_blob=began[name].blob if name in began else "",
                )
            for name in now.keys() - before.keys():
                removals.pop(name, None)
                additions[name] = Addition(
                    name,
                    landed.time,
                    landed.id,
                    landed.author,
                    now[name],
                    last.get(name),
                    request_before=asked.get(name, ""),
                )
        return additions, removals

    def _lineage(self, name: str, commit: str, since: str | None) -> Lineage | None:
        """By going forward: each file that comes goes on with what went only if it is that to the letter."""
        first = 0 if since not in self._ids() else self._at(str(since)) + 1
        there = self.line[first - 1].blobs(name) if first else ()
        went: tuple[str, ...] = ()
        found, whole, unclear = Lineage(None, frozenset(there)), bool(there), False
        for number in range(first, self._at(commit) + 1):
            before, there = there, self.line[number].blobs(name)
            if there and not before:
                single, whole = len(went) == len(there) == 1, False
                if single and there == went:
                    found = replace(found, blobs=found.blobs | set(there))
                else:
                    found = Lineage(self.line[number].commit.time, frozenset(there), after_another=bool(went))
                    unclear = bool(went) and not single
            elif there and whole:
                found = replace(found, blobs=found.blobs | set(there))
            elif before and not there:
                went, whole = before, False
        return None if unclear else found

    def requests(self, commit: str, *, since: str | None) -> frozenset[str]:
        """By their trailers."""
        first = 0 if since not in self._ids() else self._at(str(since)) + 1
        return frozenset(self._named(number) for number in range(first, self._at(commit) + 1)) - {""}

    def _request(self, number: int, *, since: int) -> str:
        """What the commit names, if no commit before it does."""
        named = self._named(number)
        return "" if named in (self._named(before) for before in range(since, number)) else named

    def _named(self, number: int) -> str:
        return self.line[number].commit.trailers.get("Helium-Request", "")

    def descends(self, commit: str, ancestor: str) -> bool | None:
        """Whether it stands earlier in the line."""
        known = ancestor in self._ids() and self._at(ancestor) <= self._at(commit)
        return True if known and (not self.shallow or commit == ancestor) else None if self.shallow else False

    def commits(self, name: str, *, commit: str) -> tuple[Commit, ...]:
        """Those in which one of the name's files differs from the commit before."""
        line = self.line[: self._at(commit) + 1]
        befores: list[Mapping[str, bytes]] = [{}, *(one.files for one in line)]
        touched = [
            one.commit for one, before in zip(line, befores, strict=False) if _of(name, one.files) != _of(name, before)
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
            raise HeadMovedError(f"main is at {self.head()}")
        files = {edit.path: edit.data for edit in edits}
        if all(self.line[-1].files.get(path) == data for path, data in files.items()):
            return head
        return self.land(files, author=author, message=message, trailers=trailers)

    def remote_time(self) -> datetime | None:
        """What the test set."""
        return self.time or (self.clock() if self.clock else None)

    def _ids(self) -> list[str]:
        return [commit.commit.id for commit in self.line]

    def _at(self, commit: str) -> int:
        if commit not in self._ids():
            raise SourceError(f"there is no commit {commit}")
        return self._ids().index(commit)


def _of(name: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {p: data for p, data in files.items() if p.startswith("workspaces/") and Entry(p, "").name == name}
