"""A bare mirror of the remote, in a folder that only this process uses: cloned when absent, cloned again when damaged.

It follows the remote's main wherever that goes, through a rewritten history as well. Reads need only the mirror, and
`age` says how old it is. Its `clone` stays the same object, so that readers go on after the folder was cloned again.
Objects are kept in packs, which git writes whole: libgit2 hangs on a loose object that was cut short. Refuses to delete
anything: a damaged folder is moved aside.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pygit2

from helium.adapters.commit_queue.remote_credentials import Remote
from helium.adapters.commit_queue.seen_requests import SeenRequests
from helium.adapters.commit_queue.views import MirrorView
from helium.adapters.git_repo import integrity
from helium.adapters.git_repo.clone import Clone, open_clone
from helium.adapters.git_repo.push import push
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
"""Seconds for which a check of the whole mirror counts."""


class Mirror:
    """One thread fetches, pushes and mends; any thread may read `view` and `age`.

    `seen`: when the last successful fetch began, in seconds of the monotonic clock. `rewrites`: how often main's
    history was rewritten.
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
        self._main, self._seconds = main, seconds
        # A token that ends is asked for each time that git talks to the remote.
        self._environ = environ if remote.renewed is not None else remote.environ(environ)
        self.rewrites = 0
        self.seen = 0.0
        self._checked = time.monotonic()
        stamp = folder / _STAMP
        self._answered = stamp.stat().st_mtime if stamp.exists() else 0.0
        self._begin(self._usable() or self._made())

    def _begin(self, clone: Clone) -> None:
        """Fetch into the clone, and look at main. While the remote is away, a mirror that has main is good enough."""
        self.clone, self.requests = clone, SeenRequests()
        known = clone.ref(clone.main) in clone.repository.references
        try:
            self._bring(clone if known else _patient(clone))
        except SourceError as error:
            if not known:
                raise
            LOG.warning("cannot fetch from the remote, so the mirror stays as it is: %s", error)
        self._follow(self._tip())
        # Main's name is kept in the mirror, so that a later start can read it while the remote is away.
        self._main = clone.main
        clone.program.run("symbolic-ref", f"refs/remotes/{ORIGIN}/HEAD", clone.ref(clone.main))

    def age(self) -> float:
        """Seconds since the remote last answered, to this process or to an earlier one."""
        return max(0.0, time.time() - self._answered)

    def fetch(self) -> None:
        """Follow the remote's main. `UnreachableError` when it is away, `SourceError` when it or the mirror fails."""
        self._bring(self.clone)
        self._follow(self._tip())

    def _follow(self, head: str) -> None:
        before = self.requests.head
        if head == before:
            return
        if not self.requests.follow(self.clone, head):
            self.rewrites += 1
            LOG.warning("main was rewritten: %s does not descend from %s, which was main", head, before)
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
        """Push a commit to main. `HeadMovedError`, `UnreachableError` (it may have landed) or `SourceError`."""
        push(self.clone.program, commit, remote=ORIGIN, ref=f"refs/heads/{self.clone.main}")

    def pushed(self, view: MirrorView) -> None:
        """Note that the remote's main is at this view now."""
        self._stamp()
        self.requests.follow(self.clone, view.commit)
        self.view = view

    @property
    def trusted(self) -> bool:
        """Whether the whole mirror was checked not long ago."""
        return time.monotonic() - self._checked < _CHECKED_FOR

    def mend(self) -> bool:
        """Check the mirror, and clone it again if main or the ledger cannot be read; whether it was, and now works."""
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
            # libgit2 holds files of the old folder open. Freed, it opens the new one at the next read.
            self.clone.repository.free()
            # All branches, so that the ledger can be read at once, before anybody fetches it.
            _patient(self.clone).program.ask("fetch", "--quiet", ORIGIN)
            self._begin(self.clone)
        except SourceError as error:
            LOG.warning("cannot clone the mirror again now: %s", error)
            return False
        return True

    def _tip(self) -> str:
        tip = self.clone.tip(self.clone.ref(self.clone.main))
        if tip is None:
            raise SourceError(f"{self._remote.address} has no branch {self.clone.main}. Push helium.yaml there first.")
        return tip

    def _usable(self) -> Clone | None:
        """The clone in the folder; `None` when there is no folder, or one that cannot be read."""
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
            raise SourceError(f"Cannot create a mirror at {self._folder}: {error}. Is the disk full?") from None
        return self._opened()

    def _opened(self) -> Clone:
        try:
            repository = pygit2.Repository(str(self._folder), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
            repository.config[f"remote.{ORIGIN}.url"] = self._remote.address
            repository.config[f"remote.{ORIGIN}.fetch"] = f"+refs/heads/*:refs/remotes/{ORIGIN}/*"
            for key in _PACKED:
                repository.config[key] = 1
        except UNREADABLE as error:
            raise SourceError(f"{self._folder} is not a usable git repository: {error}") from None
        return open_clone(
            self._folder,
            environ=self._environ,
            remote=ORIGIN,
            main=self._main,
            seconds=self._seconds,
            signs_in=self._remote.environ if self._remote.renewed is not None else None,
        )

    def _set_aside(self, why: SourceError) -> None:
        aside = self._folder.with_name(f"{self._folder.name}.damaged-{time.time_ns()}")
        LOG.warning("the mirror is damaged (%s); it is moved to %s and cloned again", why, aside.name)
        try:
            shutil.move(self._folder, aside)
        except FileNotFoundError:
            return
        except OSError as error:
            raise SourceError(f"Cannot move the damaged mirror {self._folder} aside: {error}") from None


def _patient(clone: Clone) -> Clone:
    return replace(clone, program=replace(clone.program, seconds=_FIRST_SECONDS))
