"""What is going on, as the port `LiveStatus` on a ref of the remote that points at one blob.

A blob needs no commit and no tree, fires no webhook, and is forgotten when the next one takes its place. It goes along
with each push of the ledger, and by itself at most every 30 seconds, if something has changed. A remote that refuses
the ref is told of once, and not asked again: the ledger matters, and this does not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic

import pygit2

from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.push import FLAGS, refused_by
from helium.adapters.git_repo.trees import UNREADABLE, git_object
from helium.adapters.ledger.live_text import live_of, text_of
from helium.core.fleet_record import Lease
from helium.core.live import Live, LiveStack
from helium.errors import SourceError

REF = "refs/helium/live"
BETWEEN = 30.0
"""Seconds between two pushes of the ref alone. Each costs the remote an object and a connection."""


class LiveRef:
    """The newest word of this pass, and what of it the remote has.

    Threads: any may call. `_changed` guards the fields; `_pushing` is held while something is pushed, so that an older
    word never overtakes a newer one.
    """

    def __init__(self, clone: Clone, *, between: float = BETWEEN) -> None:
        self._clone = clone
        self._between = between
        self._ref = REF
        self._changed = threading.Condition()
        self._pushing = threading.Lock()
        self._lease: Lease | None = None
        self._live: Live | None = None
        self._pushed: Live | None = None
        self._pushed_at = -between
        self._refused = self._closed = False
        self._trouble = ""
        self._thread: threading.Thread | None = None

    def read(self) -> Live | None:
        """Fetched from the remote, by a refspec with a pattern: a ref that is not there is no failure."""
        flags = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--prune", "--quiet")
        try:
            answer = self._clone.program.ask("fetch", *flags, str(self._clone.remote), f"+{REF}*:{REF}*")
            return None if answer.code else Live.together(self._parts())
        except (KeyError, SourceError, *UNREADABLE):
            return None

    def _parts(self) -> Iterator[Live]:
        repository = self._clone.repository
        for name in repository.references:
            if name.startswith(REF):
                blob = git_object(repository, repository.references[name].target)
                if isinstance(blob, pygit2.Blob) and (live := live_of(blob.data)) is not None:
                    yield live

    def as_part(self, number: int) -> None:
        """A ref of its own beside the others: no machine overwrites another one's word."""
        self._ref = f"{REF}-{number}"

    def show(self, stacks: Sequence[LiveStack], *, now: datetime) -> None:
        """Kept for the next push; a thread of its own sees to it that there is one."""
        with self._changed:
            if self._lease is None or self._refused or self._closed:
                return
            self._live = Live.under(self._lease, stacks, now=now)
            if self._thread is None:
                self._thread = threading.Thread(target=self._push_alone, name="live", daemon=True)
                self._thread.start()
            self._changed.notify()

    def under(self, lease: Lease | None) -> None:
        """The lease that is about to be pushed with the ledger. The end of one ends what was shown under it."""
        with self._changed:
            self._lease, live = lease, self._live
            if live is None:
                return
            if lease is not None and live.is_of(lease):
                self._live = replace(live, until=lease.until)
            else:
                self._live = replace(live, until=live.at, stacks=())

    def trouble(self) -> str:
        """Once, why the remote does not take it."""
        with self._changed:
            said, self._trouble = self._trouble, ""
        return said

    def close(self) -> None:
        """Push what nobody has seen yet: the end of a pass most of all. Later passes of this process open it again."""
        with self._changed:
            self._closed, thread = True, self._thread
            self._changed.notify()
        if thread is not None:
            thread.join()
        with self._changed:
            self._closed, self._thread = False, None

    def along(self, push: Callable[[str], str]) -> None:
        """Run a push of the ledger with this ref beside it, unless there is nothing to show, or it is pushed just now.

        `push` gets the refspec, or an empty text, and returns why the remote refused the ref, or an empty text.
        """
        with self._changed:
            live = self._live if not self._refused and (_news(self._live) or _news(self._pushed)) else None
        if live is None or not self._pushing.acquire(blocking=False):
            push("")
            return
        try:
            self._note(live, refused=push(self._refspec(live)))
        finally:
            self._pushing.release()

    def _push_alone(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (wait := self._seconds_to_wait()) > 0:
                    self._changed.wait(wait)
                closed = self._closed
            with self._pushing:
                # Now, and not before the lock was free: it may have gone along with the ledger meanwhile.
                live = self._unseen()
                if live is not None:
                    self._push(live)
            if closed:
                return

    def _push(self, live: Live) -> None:
        try:
            answer = self._clone.program.ask("push", *FLAGS, str(self._clone.remote), self._refspec(live))
            refused, away = refused_by(answer, ref=self._ref), answer.code != 0
        except (SourceError, pygit2.GitError):
            refused, away = "", True
        if away and not refused:
            # The remote is away, or does not answer. What is not seen now is seen with the next push.
            with self._changed:
                self._pushed_at = monotonic()
            return
        self._note(live, refused=refused)

    def _note(self, live: Live, *, refused: str) -> None:
        with self._changed:
            self._pushed_at = monotonic()
            if refused:
                self._refused = True
                self._trouble = (
                    f"{self._clone.remote} does not take {self._ref}, so nobody sees what goes on: {refused}"
                )
            else:
                self._pushed = live

    def _unseen(self) -> Live | None:
        with self._changed:
            return self._live if not self._refused and _news(self._live) != _news(self._pushed) else None

    def _seconds_to_wait(self) -> float:
        if self._unseen() is None:
            return threading.TIMEOUT_MAX
        return self._pushed_at + self._between - monotonic()

    def _refspec(self, live: Live) -> str:
        """Forced: a blob does not descend from another one."""
        return f"+{self._clone.repository.create_blob(text_of(live))}:{self._ref}"


def _news(live: Live | None) -> tuple[object, ...]:
    """What counts as a change: under which lease, and what is at work. Times alone are no news."""
    return (live.run, live.counter, live.stacks) if live is not None and live.stacks else ()
