"""What was told, in memory; a channel that does as it is told; and a journal that dies with the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from helium.core.message import ChannelStates, MessageBook
from helium.ports.channels import MessageSnapshot, Outgoing, Receipt
from tests.fakes.repo import blob_of


class FakeMessages:
    """The port `Messages`. `meanwhile` is called once before the next write: somebody else is at it too."""

    def __init__(self) -> None:
        self.books: dict[str, MessageBook] = {}
        self.states = ChannelStates()
        self.writes = 0
        self.meanwhile: Callable[[], object] | None = None

    def read(self) -> MessageSnapshot:
        """What was written last."""
        blobs = {id: blob_of(repr(book).encode()) for id, book in self.books.items()}
        return MessageSnapshot(dict(self.books), blobs, self.states)

    def write(
        self, books: Mapping[str, MessageBook | None], *, on: MessageSnapshot, states: ChannelStates | None = None
    ) -> frozenset[str]:
        """By compare-and-swap of each book."""
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            act()
        blobs = self.read().blobs
        lost = frozenset(id for id in books if blobs.get(id) != on.blobs.get(id))
        for id, book in books.items():
            if id in lost:
                continue
            self.books.pop(id, None)
            if book is not None:
                self.books[id] = book
        self.states = self.states if states is None else states
        self.writes += 1
        return lost


@dataclass(slots=True)
class FakeChannel:
    """The port `Channel`. `answers` are its next receipts, then all is well; `got` is what it took.

    `refuses`: a name of which it takes nothing.
    """

    answers: list[Receipt] = field(default_factory=list)
    refuses: str = ""
    got: list[Outgoing] = field(default_factory=list)
    asked: int = 0
    closed: int = 0
    while_sending: Callable[[], object] = lambda: None

    def send(self, one: Outgoing, *, seconds: float) -> Receipt:
        """As the test says."""
        self.asked += 1
        self.while_sending()
        receipt = self.answers.pop(0) if self.answers else Receipt(True)
        if self.refuses and one.message.name == self.refuses:
            receipt = Receipt(False, "no")
        if receipt.ok:
            self.got.append(one)
        return receipt

    def close(self) -> None:
        """Counted."""
        self.closed += 1


class FakeJournal(set[str]):
    """The port `SentJournal`."""

    def forget(self, id: str) -> None:
        """Taken away."""
        self.discard(id)
