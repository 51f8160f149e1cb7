"""Writes of many people to one main branch, one commit for each request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from helium.core.spec import Entry
from helium.ports.repo import Edit


class View(Protocol):
    """Main at one commit, as a request looks at it."""

    @property
    def commit(self) -> str:
        """The commit."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything under `workspaces/`."""

    def read(self, path: str) -> bytes | None:
        """One file's bytes, `None` when it is absent."""


@dataclass(frozen=True, slots=True)
class Request:
    """One wish of one person, which becomes one commit.

    `edit` looks at main as it is and says what to write; it raises what the asker is to be told. It is asked again,
    on the new head, when somebody else pushed first. `by` is `Name <mail>`. `keyed`: the first half of the id
    stands for a key of the asker's, and on main no other request may begin with it.
    """

    id: str
    by: str
    message: str
    edit: Callable[[View], Sequence[Edit]]
    keyed: bool = False


class CommitQueue(Protocol):
    """Writes of many people to one main branch."""

    def view(self) -> View:
        """Main as fetched last: for reads, never for a promise."""

    def submit(self, request: Request) -> str:
        """Block until the remote has the commit, and return its id; acknowledged means pushed.

        Concurrent requests share one push. One whose id is on main is done; `KeyReused` when another with its key is.
        `SourceError` when the remote refuses this one's commit (the others go through) or cannot be reached.
        """
