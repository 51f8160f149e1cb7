"""A door for one person at a command line: one commit, tried again on the new head when somebody was there first."""

from __future__ import annotations

from dataclasses import dataclass

from helium.core.spec import Entry
from helium.errors import HeadMovedError
from helium.ports.commit_queue import Request
from helium.ports.repo import Repo

TRIES = 5


@dataclass(frozen=True, slots=True)
class MainView:
    """Main at one commit."""

    repo: Repo
    commit: str
    entries: tuple[Entry, ...]

    def read(self, path: str) -> bytes | None:
        """One file's bytes."""
        return self.repo.read(self.commit, path)


@dataclass(frozen=True, slots=True)
class SingleWriter:
    """The port `Door` for one writer at a time; it shares no push."""

    repo: Repo

    def view(self) -> MainView:
        """Main as fetched last."""
        head = self.repo.head()
        return MainView(self.repo, head, self.repo.entries(head))

    def submit(self, request: Request) -> str:
        """The commit that says it; the judging is done again on each head. `HeadMoved` after five lost races."""
        trailers = {"Helium-Request": request.id, "Helium-By": request.by}
        for turn in range(TRIES):
            view = self.view()
            edits = request.edit(view)
            try:
                return self.repo.commit(
                    edits, head=view.commit, author=request.by, message=request.message, trailers=trailers
                )
            except HeadMovedError:
                if turn == TRIES - 1:
                    raise
                self.repo.fetch()
        raise AssertionError("the last turn returns or raises")
