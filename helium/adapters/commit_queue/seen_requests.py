"""Which requests are on main already: every `Helium-Request` of its history, walked once and then as it grows.

All parents are walked: what a person's merge brought to main is on main as well.
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


class Requests:
    """The ids by commit, at the `head` that was followed last (empty: none yet). One thread."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._keys: set[str] = set()
        self.head = ""

    def found(self, request: Request) -> str | None:
        """The commit of a request, `None` when main does not have it; `KeyReused` when its key is another's there."""
        commit = self._known.get(request.id)
        if commit is None and request.keyed and _half(request.id) in self._keys:
            raise KeyReusedError
        return commit

    def follow(self, repository: pygit2.Repository, head: str) -> bool:
        """Learn what is new at `head`; whether it grew out of the last head (else what was known is forgotten)."""
        if head == self.head:
            return True
        try:
            grown = self.head in repository and repository.descendant_of(head, self.head) if self.head else True
            new = dict(_walked(repository, head, since=self.head if grown else ""))
        except UNREADABLE as error:
            raise SourceError(f"the history of {head} cannot be read: {error}; `git fsck` tells more") from None
        if not grown:
            self._known, self._keys = {}, set()
        self._known.update(new)
        self._keys.update(map(_half, new))
        self.head = head
        return grown


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
