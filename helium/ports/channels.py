"""What carries a message to people: a webhook, a chat, mail, a comment. And where it is kept what was told.

`Channel.send` blocks, ends within the seconds that it is given, and never raises: whatever a channel does is an answer.
It refuses to repeat a send: whoever calls knows what was claimed, and when to try again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from helium.core.digest import Json
from helium.core.message import ChannelStates, Message, MessageBook


@dataclass(frozen=True, slots=True)
class MessageText:
    """What a message says: a title, sentences, and links by their words. Plain text, whoever wrote parts of it.

    Each channel escapes it for where it is read.
    """

    title: str
    lines: tuple[str, ...]
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one reader. `id`: the same each time that it is sent; `tries`: how often it was claimed.

    `others`: what else of its kind is told in it. `doubtful`: it was claimed before by a process that did not live to
    say whether it was sent. `document`: the same as JSON, for programs.
    """

    id: str
    message: Message
    text: MessageText
    document: Mapping[str, Json]
    to: str = ""
    tries: int = 1
    doubtful: bool = False
    others: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a send. `ok`: the channel has it. Else `why`, as a sentence's end that says no secret.

    `for_good`: this message is never taken, however often it is sent; other messages may be. `retry_at`: the channel
    wants to be left alone until then. `moot`: there is nobody to tell here, which is nobody's fault.
    """

    ok: bool
    why: str = ""
    for_good: bool = False
    moot: bool = False
    retry_at: datetime | None = None


class Channel(Protocol):
    """One way to people, as the settings name it. One thread at a time uses it."""

    def send(self, one: Outgoing, *, seconds: float) -> Receipt:
        """Hand a message over, within so many seconds."""

    def close(self) -> None:
        """Let go of connections and processes."""


@dataclass(frozen=True, slots=True)
class MessageSnapshot:
    """What was told, at one commit of the ledger: the books by id, each with the blob that it was read from."""

    books: Mapping[str, MessageBook] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)
    states: ChannelStates = field(default_factory=ChannelStates)


class Messages(Protocol):
    """Where it is kept what was told. Errors are those of the ledger."""

    def read(self) -> MessageSnapshot:
        """The newest state, fetched where there is a remote. A book that cannot be read is left out, with its blob."""

    def write(
        self, books: Mapping[str, MessageBook | None], *, on: MessageSnapshot, states: ChannelStates | None = None
    ) -> frozenset[str]:
        """One commit, by compare-and-swap of each book. Returns the ids that somebody else changed since `on`: those
        are not written. `None` drops a book. `states` replaces what was known of the channels.
        """


class SentJournal(Protocol):
    """What this machine has sent, and not yet written into the ledger: it outlives the process."""

    def add(self, id: str) -> None:
        """It was sent."""

    def __contains__(self, id: object) -> bool:
        """Whether this machine has sent it."""

    def forget(self, id: str) -> None:
        """The ledger has it."""
