"""Which requests main has already: each `Helium-Request` trailer of its history, walked once and then as it grows.

All parents are walked, not only the first: what somebody's merge brought to main is on main as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pygit2

from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.trees import UNREADABLE
from helium.errors import KeyReusedError
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

    def follow(self, clone: Clone, head: str) -> bool:
        """Learn what is new at `head`; whether it descends from the last one (if not, everything is learnt again)."""
        if head == self.head:
            return True
        descends = clone.descends(head, self.head) if self.head else True
        since = self.head if descends else ""
        try:
            new = dict(_walked(clone.repository, head, since=since))
        except UNREADABLE:
            # git takes authors that libgit2 does not, and is slower only to start.
            new = dict(_walked_by_git(clone, head, since=since))
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
        for request in _requests(commit.raw_message):
            yield request, str(commit.id)


def _walked_by_git(clone: Clone, head: str, *, since: str) -> Iterator[tuple[str, str]]:
    printed = clone.program.run("log", "-z", "--format=%H%n%B", head, *([f"^{since}"] if since else []), "--")
    for each in printed.split(b"\0"):
        ident, _, message = each.partition(b"\n")
        for request in _requests(message):
            yield request, ident.decode()


def _requests(message: bytes) -> list[str]:
    block = message.decode(errors="replace").rstrip().rpartition("\n\n")[2]
    return _TRAILER.findall(block)
