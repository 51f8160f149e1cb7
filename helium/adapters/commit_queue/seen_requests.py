"""Which requests main has already: each `Helium-Request` trailer of its history, walked once and then as it grows.

All parents are walked, not only the first: what somebody's merge brought to main is on main as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pygit2

from helium.adapters.git_repo.trees import UNREADABLE
from helium.errors import KeyReusedError, SourceError
from helium.ports.commit_queue import Request

REQUEST, BY = "Helium-Request", "Helium-By"
_TRAILER = re.compile(rf"^{REQUEST}: *(\S.*?) *$", re.MULTILINE)


class SeenRequests:
    """The requests of main's history up to `head` (empty: none yet). Used by one thread."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._keys: set[str] = set()
        self.head = ""

    def found(self, request: Request) -> str | None:
        """The commit of a request, or `None`; `KeyReusedError` when its key belongs to another request on main."""
        commit = self._known.get(request.id)
        if commit is None and request.keyed and _half(request.id) in self._keys:
            raise KeyReusedError
        return commit

    def follow(self, repository: pygit2.Repository, head: str) -> bool:
        """Learn what is new at `head`; whether it descends from the last one (if not, everything is learnt again)."""
        if head == self.head:
            return True
        try:
            descends = self.head in repository and repository.descendant_of(head, self.head) if self.head else True
            new = dict(_walked(repository, head, since=self.head if descends else ""))
        except UNREADABLE as error:
            raise SourceError(f"The history of {head} cannot be read: {error}. `git fsck` says more.") from None
        if not descends:
            self._known, self._keys = {}, set()
        self._known.update(new)
        self._keys.update(map(_half, new))
        self.head = head
        return descends


def _half(id: str) -> str:
    return id[: len(id) // 2]


def _walked(repository: pygit2.Repository, head: str, *, since: str) -> Iterator[tuple[str, str]]:
    walker = repository.walk(head, pygit2.enums.SortMode.NONE)
    if since:
        walker.hide(since)
    for commit in walker:
        block = commit.raw_message.decode(errors="replace").rstrip().rpartition("\n\n")[2]
        for request in _TRAILER.findall(block):
            yield request, str(commit.id)
