"""Commits of one writer, such as a person at a command line: one commit at a time, again when somebody was first."""

from __future__ import annotations

from dataclasses import dataclass

from helium.adapters.commit_queue.removals import Noting, note, notes_nothing, removal_of
from helium.core.spec import Entry
from helium.errors import HeadMovedError
from helium.ports.commit_queue import Request
from helium.ports.repo import Repo

MAX_TRIES = 5


@dataclass(frozen=True, slots=True)
class MainView:
    """The port `View` on any `Repo`: main at one commit."""

    repo: Repo
    commit: str
    entries: tuple[Entry, ...]

    def holding(self, name: str) -> tuple[Entry, ...]:
        """The entries that hold a name."""
        return tuple(entry for entry in self.entries if entry.name == name)

    def read(self, path: str) -> bytes | None:
        """One file's bytes."""
        return self.repo.read(self.commit, path)


@dataclass(frozen=True, slots=True)
class SingleWriter:
    """The port `CommitQueue` for one writer at a time: each request is a push of its own."""

    repo: Repo
    noting: Noting = notes_nothing

    def view(self) -> MainView:
        """Main as fetched last."""
        head = self.repo.head()
        return MainView(self.repo, head, self.repo.entries(head))

    def submit(self, request: Request) -> str:
        """The request's commit, made again on each new head; `HeadMovedError` when somebody was first five times."""
        trailers = {"Helium-Request": request.id, "Helium-By": request.by}
        for turn in range(MAX_TRIES):
            view = self.view()
            edits = request.edit(view)
            removal = removal_of(request, edits)
            note(self.noting, () if removal is None else (removal,))
            try:
                return self.repo.commit(
                    edits, head=view.commit, author=request.by, message=request.message, trailers=trailers
                )
            except HeadMovedError:
                if turn == MAX_TRIES - 1:
                    raise
                self.repo.fetch()
        raise AssertionError("the last try returns or raises")
