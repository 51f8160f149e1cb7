"""Writes of many people to one main branch, one commit for each request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from helium.core.spec import Entry
from helium.ports.repo import Edit


class View(Protocol):
    """Main at one commit, as a request sees it."""

    @property
    def commit(self) -> str:
        """The commit."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything under `workspaces/`."""

    def holding(self, name: str) -> tuple[Entry, ...]:
        """The entries that hold a name, sorted by path; most often one or none."""

    def read(self, path: str) -> bytes | None:
        """One file's bytes, `None` when it is absent."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one person wants changed, which becomes one commit.

    `edit` looks at main and returns what to write, or raises an error for the sender to see. It is called again, on the
    new head, when somebody else pushed first. `by` is `Name <mail>`. `keyed`: the first half of the id stands for the
    sender's own key, and no other request on main may begin with it.
    """

    id: str
    by: str
    message: str
    edit: Callable[[View], Sequence[Edit]]
    keyed: bool = False


class CommitQueue(Protocol):
    """Writes of many people to one main branch."""

    def view(self) -> View:
        """Main as fetched last: good for reading, too old to promise anything by."""

    def submit(self, request: Request) -> str:
        """Block until the remote has the commit, and return its id; acknowledged means pushed.

        Concurrent requests share one push. A request whose id is on main is done already; `KeyReusedError` when main
        has another one with its key. `SourceError` when the remote refuses this commit (the others go through), or
        cannot be reached.
        """
