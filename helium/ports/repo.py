"""Main, as git objects: what a pass reads of it, and the one way to write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from helium.core.spec import Addition, Entry, Removal


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

    def additions(self, commit: str, *, since: str | None) -> Mapping[str, Addition]:
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
