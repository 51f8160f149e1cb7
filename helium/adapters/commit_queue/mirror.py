"""A bare mirror of the remote, in a folder of this process's own: cloned when absent, cloned anew when damaged.

It follows the remote wherever that goes, a rewritten history too. Reads need only the mirror; `age` says how old it is.
Its `clone` is one object for life: who reads from it goes on after the folder was made anew. Objects are kept in packs,
which git writes whole: libgit2 never comes back from a loose one that was cut short. Refuses to throw anything away: a
damaged folder is moved aside.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pygit2

from helium.adapters.commit_queue.remote import Remote
from helium.adapters.commit_queue.seen_requests import Requests
from helium.adapters.commit_queue.views import MirrorView
from helium.adapters.git_repo import integrity
from helium.adapters.git_repo.clone import Clone, open_clone
from helium.adapters.git_repo.trees import UNREADABLE
from helium.errors import SourceError

LOG = logging.getLogger(__name__)
ORIGIN = "origin"
SECONDS = 30.0
"""A fetch or push that takes longer is ended."""
_FIRST_SECONDS = 600.0
"""The same for the first fetch, which brings the whole history."""
_STAMP = "helium-fetched"
_PACKED = ("fetch.unpackLimit", "fastimport.unpackLimit")
_CHECKED_FOR = 600.0
"""Seconds for which a good look at the whole mirror is believed."""


class Mirror:
    """One thread fetches, pushes and mends; any may read `view` and `age`.

    `seen` is when the last good fetch began, in seconds of the monotonic clock; `rewrites` counts histories rewritten.
    """

    def __init__(
        self,
        folder: Path,
        remote: Remote,
        *,
        environ: Mapping[str, str],
        main: str | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._folder, self._remote = folder, remote
        self._environ, self._main, self._seconds = remote.environ(environ), main, seconds
        self.rewrites = 0
        self.seen = 0.0
        self._checked = time.monotonic()
        stamp = folder / _STAMP
        self._answered = stamp.stat().st_mtime if stamp.exists() else 0.0
        self._begin(self._usable() or self._made())

    def _begin(self, clone: Clone) -> None:
        """Bring a clone up to date and look at main; an old mirror is good enough while the remote is away."""
        self.clone, self.requests = clone, Requests()
        known = clone.ref(clone.main) in clone.repository.references
        try:
            self._bring(clone if known else _patient(clone))
        except SourceError as error:
            if not known:
                raise
            LOG.warning("the remote gives nothing, the mirror is as it was: %s", error)
        self._follow(self._tip())
        # What main is called is kept, so that an old mirror can be read while the remote is away.
        self._main = clone.main
        clone.program.run("symbolic-ref", f"refs/remotes/{ORIGIN}/HEAD", clone.ref(clone.main))

    def age(self) -> float:
        """Seconds since the remote last answered, in an earlier process if need be."""
        return max(0.0, time.time() - self._answered)

    def fetch(self) -> None:
        """Follow the remote's main. `Unreachable` when it is away, `SourceError` when it or the mirror fails."""
        self._bring(self.clone)
        self._follow(self._tip())

    def _follow(self, head: str) -> None:
        before = self.requests.head
        if head == before:
            return
        if not self.requests.follow(self.clone.repository, head):
            self.rewrites += 1
            LOG.warning("main was rewritten: %s does not grow out of %s, which was main", head, before)
        self.view = MirrorView(self.clone.repository, head)

    def _bring(self, clone: Clone) -> None:
        began = time.monotonic()
        clone.fetch(clone.main)
        self._stamp()
        self.seen = began

    def _stamp(self) -> None:
        self._answered = time.time()
        (self._folder / _STAMP).touch()

    def push(self, commit: str) -> None:
        """Push a commit to main, never forced. `HeadMoved`, `Unreachable` (it may have landed), or `SourceError`."""
        self.clone.program.push(ORIGIN, commit, ref=f"refs/heads/{self.clone.main}")

    def pushed(self, view: MirrorView) -> None:
        """The remote's main is at this view now."""
        self._stamp()
        self.requests.follow(self.clone.repository, view.commit)
        self.view = view

    @property
    def trusted(self) -> bool:
        """Whether somebody looked, not long ago, that all can be read."""
        return time.monotonic() - self._checked < _CHECKED_FOR

    def mend(self) -> bool:
        """Clone anew if what main or the ledger shows cannot be read; whether that was so, and went well."""
        self._checked = time.monotonic()
        try:
            integrity.check(self.clone)
        except SourceError as error:
            return self._remade(error)
        return False

    def _remade(self, why: SourceError) -> bool:
        try:
            self._set_aside(why)
            self._made()
            # It opens the folder again when it is next asked for something.
            self.clone.repository.free()
            # The ledger too: who reads it does not wait until it is fetched for its own sake.
            _patient(self.clone).program.ask("fetch", "--quiet", ORIGIN)
            self._begin(self.clone)
        except SourceError as error:
            LOG.warning("the mirror cannot be cloned anew now: %s", error)
            return False
        return True

    def _tip(self) -> str:
        tip = self.clone.tip(self.clone.ref(self.clone.main))
        if tip is None:
            raise SourceError(f"{self._remote.address} has no branch {self.clone.main}; push helium.yaml there first")
        return tip

    def _usable(self) -> Clone | None:
        """The clone that is there; `None` when there is none, or none that can be read."""
        if not self._folder.exists():
            return None
        try:
            clone = self._opened()
            integrity.check(clone)
        except SourceError as error:
            self._set_aside(error)
            return None
        return clone

    def _made(self) -> Clone:
        try:
            pygit2.init_repository(str(self._folder), bare=True)
        except UNREADABLE as error:
            raise SourceError(f"no mirror can be made at {self._folder}: {error}; is the disk full?") from None
        return self._opened()

    def _opened(self) -> Clone:
        try:
            repository = pygit2.Repository(str(self._folder), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
            repository.config[f"remote.{ORIGIN}.url"] = self._remote.address
            repository.config[f"remote.{ORIGIN}.fetch"] = f"+refs/heads/*:refs/remotes/{ORIGIN}/*"
            for key in _PACKED:
                repository.config[key] = 1
        except UNREADABLE as error:
            raise SourceError(f"{self._folder} is no git repository that can be used: {error}") from None
        return open_clone(self._folder, environ=self._environ, remote=ORIGIN, main=self._main, seconds=self._seconds)

    def _set_aside(self, why: SourceError) -> None:
        aside = self._folder.with_name(f"{self._folder.name}.damaged-{time.time_ns()}")
        LOG.warning("the mirror is damaged (%s); it is moved to %s and cloned anew", why, aside.name)
        try:
            shutil.move(self._folder, aside)
        except FileNotFoundError:
            return
        except OSError as error:
            raise SourceError(f"the damaged mirror {self._folder} cannot be moved aside: {error}") from None


def _patient(clone: Clone) -> Clone:
    return replace(clone, program=replace(clone.program, seconds=_FIRST_SECONDS))
