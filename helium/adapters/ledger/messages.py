"""What was told, beside the records on the ledger's branch: `messages/AB/NAME.json`, and `channels.json`.

A pass writes none of these files, and nothing here writes a pass's: telling somebody never costs a pass its outcome.
Only whoever tells reads them. One that cannot be read is nobody's, and is written again.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec
import pygit2

from helium.adapters.git_repo.commit_object import CommitParts, write_commit
from helium.adapters.git_repo.read import tree_of
from helium.adapters.git_repo.trees import edited, git_object, leaves, object_at, writing
from helium.adapters.ledger.serialization import CHANNELS, folder_of, pretty
from helium.adapters.ledger.snapshot import channels_at
from helium.core.message import FORMAT, ChannelStates, MessageBook
from helium.errors import HeadMovedError, SourceError
from helium.ports.channels import MessageSnapshot

if TYPE_CHECKING:
    from helium.adapters.ledger import GitLedger

MESSAGES = "messages"
_MAX_TRIES = 12
_LONGEST = 2.0
_books = msgspec.json.Decoder(MessageBook)


def message_path(id: str) -> str:
    """Where a book lies."""
    return f"{MESSAGES}/{folder_of(id)}/{id}.json"


class GitMessages:
    """The port `Messages` on a ledger's branch. `wait` sleeps for some seconds between tries."""

    def __init__(self, ledger: GitLedger, *, wait: Callable[[float], None] = time.sleep) -> None:
        self._ledger, self._wait = ledger, wait
        self._last = MessageSnapshot()

    def read(self) -> MessageSnapshot:
        """The newest state. Only books that changed since this object last read are parsed again."""
        self._last = self._at(self._ledger.tip(), known=self._last)
        return self._last

    def known(self) -> MessageSnapshot:
        """The newest state that this clone has, without a look at the remote."""
        return self._at(self._ledger.known_tip(), known=self._last)

    def write(
        self, books: Mapping[str, MessageBook | None], *, on: MessageSnapshot, states: ChannelStates | None = None
    ) -> frozenset[str]:
        """The ids that somebody else changed. `SourceError` when others were first for a while, or the push fails.

        A ledger without a branch has no record to tell of, so nothing is written there.
        """
        clone = self._ledger.clone
        for turn in range(_MAX_TRIES):
            head = self._ledger.tip() if turn else self._ledger.known_tip()
            if head is None:
                return frozenset(books)
            blobs = self._blobs(head)
            lost = frozenset(id for id in books if blobs.get(id) != on.blobs.get(id))
            with writing(clone.repository):
                edits = self._edits({id: book for id, book in books.items() if id not in lost}, blobs, states=states)
                base = tree_of(clone.repository, head)
                new = edited(clone.repository, base, edits=edits) if edits else base.id
                if new == base.id:
                    return lost
                who = clone.committer()
                # Two who claim the same would make one commit, and both would believe that the claim is theirs.
                text = f"Note what people are told\n\nHelium-Token: {secrets.token_hex(8)}\n"
                parts = CommitParts(str(new), [head], who, who, text)
                commit = write_commit(clone, parts)
            try:
                self._ledger.publish(commit, old=head)
            except HeadMovedError:
                if turn == _MAX_TRIES - 1:
                    raise
                self._wait(min(_LONGEST, 0.1 * 2**turn) * random.uniform(0.5, 1.0))
            else:
                return lost
        raise AssertionError("the last try returns or raises")

    def _edits(
        self, books: Mapping[str, MessageBook | None], blobs: Mapping[str, str], *, states: ChannelStates | None
    ) -> dict[str, pygit2.Oid | None]:
        repository = self._ledger.clone.repository
        edits: dict[str, pygit2.Oid | None] = {
            message_path(id): None if book is None else repository.create_blob(pretty(book))
            for id, book in books.items()
            if book is not None or id in blobs
        }
        if states is not None:
            edits[CHANNELS] = repository.create_blob(pretty(states))
        return edits

    def _at(self, head: str | None, *, known: MessageSnapshot) -> MessageSnapshot:
        if head is None:
            return MessageSnapshot()
        blobs = self._blobs(head)
        books = {}
        for id, blob in blobs.items():
            book = known.books.get(id) if known.blobs.get(id) == blob else self._book(blob, id=id)
            if book is not None:
                books[id] = book
        return MessageSnapshot(books, blobs, self._states_at(head))

    def _blobs(self, head: str) -> dict[str, str]:
        repository = self._ledger.clone.repository
        folder = object_at(repository, tree_of(repository, head), path=MESSAGES)
        if not isinstance(folder, pygit2.Tree):
            return {}
        found = ((leaf.path, str(leaf.id)) for leaf in leaves(repository, folder, prefix=f"{MESSAGES}/"))
        named = ((path.rpartition("/")[2].removesuffix(".json"), path, blob) for path, blob in found)
        return {id: blob for id, path, blob in named if path == message_path(id)}

    def _book(self, blob: str, *, id: str) -> MessageBook | None:
        try:
            found = git_object(self._ledger.clone.repository, blob)
            book = _books.decode(found.data if isinstance(found, pygit2.Blob) else b"")
        except (ValueError, msgspec.DecodeError, RecursionError, SourceError):
            return None
        return book if book.id == id and book.format <= FORMAT else None

    def _states_at(self, head: str | None) -> ChannelStates:
        return channels_at(self._ledger.clone.repository, head) or ChannelStates()
