"""A commit queue without a remote: views of a repository in memory, and writes to it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helium.adapters.commit_queue.removals import Noting, note, notes_nothing, removal_of
from helium.core.spec import Entry
from helium.errors import HeadMovedError, KeyReusedError, SourceError
from helium.ports.commit_queue import Request
from helium.ports.repo import Edit
from tests.fakes.repo import FakeRepo


@dataclass(frozen=True, slots=True)
class FakeView:
    """Main at one commit of a `FakeRepo`."""

    repo: FakeRepo
    commit: str
    entries: tuple[Entry, ...]

    def holding(self, name: str) -> tuple[Entry, ...]:
        """The entries that hold a name."""
        return tuple(entry for entry in self.entries if entry.name == name)

    def read(self, path: str) -> bytes | None:
        """One file."""
        return self.repo.read(self.commit, path)


class FakeCommitQueue:
    """Writes to a `FakeRepo`, one at a time. `error` is raised by each submit, nothing written.

    `rivals` are pushes of others, each done once, after a request looked at main and before its commit lands.
    """

    def __init__(self, repo: FakeRepo) -> None:
        self.repo = repo
        self.error: SourceError | None = None
        self.rivals: list[Callable[[], object]] = []
        self._noting: Noting = notes_nothing
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

    def note_removals(self, noting: Noting) -> None:
        """Note with this what requests take away."""
        self._noting = noting

    def submit(self, request: Request) -> str:
        """By the rules of the port: looked at again when somebody else pushed first, done once per id."""
        with self._lock:
            while True:
                if done := self._known(request):
                    return done
                if self.error:
                    raise self.error
                view = self.view()
                edits = request.edit(view)
                removal = removal_of(request, edits)
                note(self._noting, (removal,) if removal else ())
                if self.rivals:
                    self.rivals.pop(0)()
                with contextlib.suppress(HeadMovedError):
                    return self._land(request, edits, view=view)

    def _land(self, request: Request, edits: Sequence[Edit], *, view: FakeView) -> str:
        if not edits:
            return view.commit
        trailers = {"Helium-Request": request.id, "Helium-By": request.by}
        return self.repo.commit(edits, head=view.commit, author=request.by, message=request.message, trailers=trailers)

    def _known(self, request: Request) -> str | None:
        """The commit of a request that is on main already; `KeyReused` when another with its key is."""
        for commit in self.repo.line[self._looked :]:
            self._done.setdefault(commit.commit.trailers.get("Helium-Request", ""), commit.commit.id)
        self._looked = len(self.repo.line)
        done = self._done.get(request.id)
        half = request.id[: len(request.id) // 2]
        if done is None and request.keyed and any(id.startswith(half) for id in self._done):
            raise KeyReusedError
        return done
