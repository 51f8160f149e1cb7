"""`GET /v1/api/workspace/{id}/events`: a workspace as it changes, by server-sent events.

The first event is how it stands, each further one comes within about a second of a change of main or ledger, and a
comment every fifteen seconds keeps proxies from closing what is silent. Streams are bounded, in number and in length;
a client that leaves ends its own. Refuses a stream too many with a 429 or 503, before it begins.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import msgspec

from helium.api.problems import problem
from helium.errors import HeliumError

MOST, MOST_OF_ONE = 200, 20
"""Streams at once: of all callers, and of one token. Each costs a connection, and a look a second."""
LONGEST = 15 * 60.0
"""Seconds until a stream ends by itself; a client begins another, which a proxy may send to another process."""
LOOK, HEARTBEAT = 1.0, 15.0
RETRY = 3
"""Seconds that a client waits before it begins another stream."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """`json`: what it says, on one line. `id` is the version of that, which a client sends back as `Last-Event-ID`."""

    kind: str
    json: bytes
    id: str = ""

    @classmethod
    def of(cls, kind: str, data: object) -> StreamEvent:
        """With the digest of its data as its version."""
        json = msgspec.json.encode(data)
        return cls(kind, json, hashlib.sha256(json).hexdigest()[:16])

    def encoded(self) -> bytes:
        """As it goes over the wire. JSON on one line cannot end the event early."""
        head = f"id: {self.id}\n" if self.id else ""
        return b"%bevent: %b\ndata: %b\n\n" % (head.encode(), self.kind.encode(), self.json)


@dataclass(frozen=True, slots=True)
class StreamBounds:
    """In number, and in seconds."""

    most: int = MOST
    most_of_one: int = MOST_OF_ONE
    longest: float = LONGEST
    look: float = LOOK
    heartbeat: float = HEARTBEAT


class EventStreams:
    """Counts the streams and ends them. One for the process; the server closes it before it waits for connections."""

    def __init__(self, bounds: StreamBounds = StreamBounds()) -> None:
        self._bounds = bounds
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()
        self._closed = False

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open.total()

    def close(self) -> None:
        """End all streams within a second, and begin none."""
        self._closed = True

    def require_room(self, caller: str) -> None:
        """Refuse one too many."""
        with self._lock:
            if self._open[caller] >= self._bounds.most_of_one:
                raise problem(
                    429,
                    f"Your token has {self._bounds.most_of_one} streams open, and may have no more. Close one first.",
                    headers={"Retry-After": str(RETRY)},
                )
            if self._closed or self._open.total() >= self._bounds.most:
                raise problem(
                    503,
                    "Helium has no room for another stream now. Read the workspace every few seconds instead.",
                    headers={"Retry-After": str(RETRY)},
                )

    async def of(
        self, caller: str, *, look: Callable[[], Awaitable[StreamEvent]], may: Callable[[], bool], known: str = ""
    ) -> AsyncIterator[bytes]:
        """The bytes of one stream. `look`: how things stand now, of the kind `gone` at the end; `may`: whether the
        caller's token still holds; `known`: the version that the caller has.
        """
        with self._counted(caller):
            yield f"retry: {RETRY * 1000}\n\n".encode()
            begun = beat = monotonic()
            while (over := self._is_over(begun, may=may)) is None:
                event = await _seen(look)
                if event is not None and event.id != known:
                    known, beat = event.id, monotonic()
                    yield event.encoded()
                    if event.kind == "gone":
                        return
                elif monotonic() - beat >= self._bounds.heartbeat:
                    beat = monotonic()
                    yield b": still here\n\n"
                await asyncio.sleep(self._bounds.look)
            yield StreamEvent("end", msgspec.json.encode({"Reason": over})).encoded()

    def _is_over(self, begun: float, *, may: Callable[[], bool]) -> str | None:
        if self._closed:
            return "Helium ends now. Begin another stream."
        if monotonic() - begun >= self._bounds.longest:
            return "A stream lasts a quarter of an hour. Begin another one."
        return None if may() else "The token was revoked or has expired. Ask an admin for a new one."

    @contextmanager
    def _counted(self, caller: str) -> Iterator[None]:
        """A generator that is closed early, because its client left, leaves here as well."""
        with self._lock:
            self._open[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[caller] -= 1
                self._open += Counter()


async def _seen(look: Callable[[], Awaitable[StreamEvent]]) -> StreamEvent | None:
    """`None` while main or ledger cannot be read: the stream waits, and says what is so once they can."""
    try:
        return await look()
    except HeliumError:
        return None
