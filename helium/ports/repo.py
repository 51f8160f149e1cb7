"""Main, as git objects: what a pass reads there, and the one way to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from helium.core.spec import Addition, Entry, Removal


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of main: its id, instant, author (`name <mail>`), subject and trailers.

    `approved_by`: who merged it, or whom a `Reviewed-by` or `Approved-by` names; empty where git does not know.
    """

    id: str
    time: datetime
    author: str
    subject: str
    trailers: Mapping[str, str] = field(default_factory=dict)
    approved_by: str = ""

    @property
    def by(self) -> str:
        """Who requested it: whom its `Helium-By` trailer names, else its author."""
        return self.trailers.get("Helium-By") or self.author


@dataclass(frozen=True, slots=True)
class Edit:
    """Write `data` at `path`, or remove the path when `data` is `None`."""

    path: str
    data: bytes | None


Holding = Callable[[str], Sequence[Entry]]
"""The entries of one commit that hold a name."""


class Repo(Protocol):
    """Main, as git objects. Only `commit` in a repository without a remote touches the working tree."""

    def fetch(self) -> None:
        """Fetch from the remote, if there is one. `SourceError` when it cannot be reached."""

    def head(self) -> str:
        """Main's commit: the remote's as fetched last, or this repository's own where there is no remote."""

    def resolve(self, ref: str) -> str:
        """The commit that a person's `ref` names; `SourceError` when it names nothing."""

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """Everything under `workspaces/`, at any depth, sorted by path: files, links, submodules; no folders."""

    def read(self, commit: str, path: str) -> bytes | None:
        """One file's bytes at a commit, `None` when it is absent."""

    def blobs(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes of many blobs at once."""

    def additions(self, commit: str, *, since: str | None, holding: Holding | None = None) -> Mapping[str, Addition]:
        """The names (not paths) that were added on first parents after `since` (`None`: ever) and are still there.

        `holding`: the entries of `commit` by the names that they hold, from a caller who has listed them already.
        """

    def removals(self, commit: str, *, since: str | None) -> Mapping[str, Removal]:
        """The names that were removed after `since` and are absent at `commit`."""

    def touched(self, commit: str, *, since: str | None) -> Mapping[str, Commit]:
        """The newest commit after `since` that touched each name's file; of a merge, its author is the branch's."""

    def requests(self, commit: str, *, since: str | None) -> frozenset[str]:
        """The ids of requests that commits after `since` name. Anybody may have typed them."""

    def descends(self, commit: str, ancestor: str) -> bool | None:
        """Whether `ancestor` is an ancestor of (or is) `commit`; `None` when this clone cannot tell (shallow)."""

    def commits(self, name: str, *, commit: str) -> tuple[Commit, ...]:
        """The commits that touched a name's file, newest first."""

    def commit(
        self, edits: Sequence[Edit], *, head: str, author: str, message: str, trailers: Mapping[str, str]
    ) -> str:
        """One commit on exactly `head`, pushed where there is a remote; `HeadMovedError` when main has moved."""

    def remote_time(self) -> datetime | None:
        """The clock of the remote, else of the state's server, now; `None` where neither shows one."""
