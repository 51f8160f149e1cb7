"""The fleet's repository as the port `Repo`: main as git objects, one walk of its history, commits on a given head.

pygit2 reads objects; the `git` program fetches, walks, pushes and moves branches. Refuses to write outside
`workspaces/`, to force a push, and to guess where history is cut off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from helium.adapters.git_repo import read
from helium.adapters.git_repo.clone import Clone, open_clone
from helium.adapters.git_repo.trees import UNREADABLE
from helium.errors import SourceError

# A command that only reads main as it is walks no history and writes nothing, so it does not wait for what does.
if TYPE_CHECKING:
    from datetime import datetime

    from helium.adapters.git_repo.history import NameChanges
    from helium.adapters.git_repo.name_history import NameHistory
    from helium.adapters.git_repo.walk import HistoryStep, Touch
    from helium.core.spec import Addition, Entry, Removal
    from helium.ports.repo import Commit, Edit, Holding

__all__ = ["Clone", "GitRepo", "open_clone"]


class GitRepo:
    """The port `Repo` on one clone; several threads may call. `clock`: what tells the time if the remote does not."""

    def __init__(self, clone: Clone, *, clock: str = "") -> None:
        self._clone = clone
        self._clock = clock
        self._changes: dict[tuple[str, str | None], NameChanges] = {}

    def fetch(self) -> None:
        """Fetch main; without a remote, finish what a killed write left half done in the working tree."""
        if self._clone.remote:
            self._clone.fetch(self._clone.main)
        elif (Path(self._clone.repository.path) / "index.lock").exists():
            from helium.adapters.git_repo import worktree

            worktree.recover(self._clone)

    def head(self) -> str:
        """The commit of main: the remote's as fetched last, or the repository's own."""
        ref = self._clone.ref(self._clone.main)
        tip = self._clone.tip(ref)
        if tip is None:
            todo = "Fetch it, or push it there" if self._clone.remote else "Commit helium.yaml"
            raise SourceError(f"The repository has no commit on {ref.removeprefix('refs/')} yet. {todo} first.")
        return tip

    def resolve(self, ref: str) -> str:
        """The commit that a person's `ref` names; main's own name is the remote's main, where there is a remote."""
        if ref == self._clone.main:
            return self.head()
        try:
            return read.resolved(self._clone.repository, ref, remote=self._clone.remote)
        except SourceError:
            # git takes authors that libgit2 does not.
            flags = ("--verify", "--quiet", "--end-of-options")
            answer = self._clone.program.ask("rev-parse", *flags, f"{ref}^{{commit}}")
            if answer.code:
                raise
            return answer.out.decode().strip()

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """Everything under `workspaces/` at any depth, sorted by path; `SpecError` when that is not a directory."""
        return read.specs(self._clone.repository, commit)

    def read(self, commit: str, path: str) -> bytes | None:
        """One file's bytes at a commit."""
        return read.read(self._clone.repository, commit, path=path)

    def blobs(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes by id; an id that is not a blob here (a submodule's commit) is left out."""
        return read.blobs(self._clone.repository, ids)

    def additions(self, commit: str, *, since: str | None, holding: Holding | None = None) -> Mapping[str, Addition]:
        """The names that were added after `since` and are still there. An unknown `since` counts as `None`.

        The author of a file that a merge brought is who last touched it on the merged side.
        """
        return {} if commit == since else self._history(commit, since, holding=holding).additions

    def removals(self, commit: str, *, since: str | None) -> Mapping[str, Removal]:
        """The names that were removed after `since` and are absent."""
        return {} if commit == since else self._history(commit, since).removals

    def touched(self, commit: str, *, since: str | None) -> Mapping[str, Commit]:
        """The newest commit of each name, by the same walk."""
        return {} if commit == since else self._history(commit, since).touched

    def requests(self, commit: str, *, since: str | None) -> frozenset[str]:
        """The requests that commits name, by the same walk."""
        return frozenset() if commit == since else self._history(commit, since).requests

    def _history(self, commit: str, since: str | None, *, holding: Holding | None = None) -> NameChanges:
        known = self._changes.get((commit, since))
        if known is None:
            from helium.adapters.git_repo.history import history_of, holding_of
            from helium.adapters.git_repo.walk import steps

            walked = steps(self._clone, commit, since=since)
            if holding is None:
                holding = holding_of(self.entries(commit))
            else:
                read.require_folder(self._clone.repository, commit)
            known = history_of(walked, holding, author=self._author)
            self._changes = {(commit, since): known}
        return known

    def _author(self, step: HistoryStep, touch: Touch) -> str:
        if not step.merge:
            return step.commit.author
        merged = read.last_author(self._clone.repository, step.commit.id, path=touch.path, blob=touch.after)
        return step.commit.author if merged is None else merged

    def descends(self, commit: str, ancestor: str) -> bool | None:
        """Whether `ancestor` is an ancestor of (or is) `commit`; `None` when a shallow clone cannot tell."""
        if commit == ancestor or self._leads_to(commit, ancestor):
            return True
        answer = self._clone.program.ask("merge-base", "--is-ancestor", ancestor, commit)
        if answer.code == 0:
            return True
        return None if self._clone.repository.is_shallow else False

    def _leads_to(self, commit: str, ancestor: str) -> bool:
        """Whether libgit2 finds the way, without another process. Where it finds none, git has the last word."""
        repository = self._clone.repository
        try:
            return ancestor in repository and repository.descendant_of(commit, ancestor)
        except UNREADABLE:
            return False

    def commits(self, name: str, *, commit: str) -> tuple[Commit, ...]:
        """The first-parent commits that touched any file of that name, newest first."""
        return self._names.commits(name, commit=commit)

    def recent(self, commit: str, *, newer: datetime) -> Mapping[str, tuple[Commit, ...]]:
        """By name, the commits up to that one that are newer and touched any file of it, newest first.

        The walk ends where they get older, so it costs what is asked for, whatever the length of history.
        """
        from helium.adapters.git_repo.name_history import recent

        return recent(self._clone, commit, newer=newer)

    @cached_property
    def _names(self) -> NameHistory:
        from helium.adapters.git_repo.name_history import NameHistory

        return NameHistory(self._clone)

    def commit(
        self, edits: Sequence[Edit], *, head: str, author: str, message: str, trailers: Mapping[str, str]
    ) -> str:
        """One commit on exactly `head`, pushed where there is a remote; `head` itself when nothing would change."""
        from helium.adapters.git_repo import write
        from helium.adapters.git_repo.trees import writing

        draft = write.CommitDraft(tuple(edits), author, message, trailers)
        with writing(self._clone.repository):
            return write.commit(self._clone, draft, head=head)

    def remote_time(self) -> datetime | None:
        """The `Date` that an http(s) remote answers with now, else the state's server; `None` if neither does."""
        remote = self._clone.program.text("remote", "get-url", self._clone.remote) if self._clone.remote else ""
        urls = [url for url in (remote, self._clock) if url.lower().startswith(("http://", "https://"))]
        if not urls:
            return None
        # HTTP and TLS take a while to import.
        from helium.adapters.git_repo.remote_clock import time_of

        return next((time for url in urls if (time := time_of(url)) is not None), None)
