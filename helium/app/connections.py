"""How long a connection may take to say what it wants and to take its answer, and how many there may be: for every
route, signed in or not.

A client that sends its head or its body a byte a minute, or does not read what it asked for, would otherwise hold a
connection for ever, and some hundreds of them all that the process may open. Refuses both by closing, and writes one
line a minute of it.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from time import monotonic

from uvicorn.protocols.http.h11_impl import H11Protocol

LOG = logging.getLogger(__name__)
MOST = 1000
"""Connections at once, where the process may open so many files."""
_OWN_FILES = 200
"""Files that git, logs and the remote need beside the connections."""
_EACH = 60.0
_OWES = {"IDLE": "head", "SEND_BODY": "body"}
"""What the client still owes, by the state that uvicorn's parser says it is in."""


def most_connections() -> int:
    """How many connections this process can carry: beyond its files, each would be an error and a trace in the log."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = MOST if soft == resource.RLIM_INFINITY else soft - _OWN_FILES
    return max(16, min(MOST, room))


class Rarely(logging.Filter):
    """Lets one line a minute through of those that strangers can cause, and says how many it left out."""

    def __init__(self) -> None:
        super().__init__()
        self._last, self._skipped = -_EACH, 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; errors always are."""
        if record.levelno > logging.WARNING:
            return True
        if monotonic() - self._last < _EACH:
            self._skipped += 1
            return False
        if self._skipped:
            record.msg = f"{record.msg} (and {self._skipped} more like this since the last such line)"
        self._last, self._skipped = monotonic(), 0
        return True


class BoundedProtocol(H11Protocol):
    """uvicorn's own protocol with a clock on what the client still owes, and a bound on how many there are."""

    head_seconds = 15.0
    body_seconds = 45.0
    """Longer than a handler waits for a body, so that a handler can still say why."""
    read_seconds, read_bytes = 30.0, 16 * 1024
    """So much of its answer a client reads in that time, half a KiB a second, or all of it."""
    most = most_connections()
    _owed: asyncio.TimerHandle | None = None
    _reader_clock: asyncio.TimerHandle | None = None
    _has_read = False
    _waits_for = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            LOG.warning("more than %d connections at once; new ones are closed", self.most)
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came, then see what is still owed."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """The next request of the connection has a clock of its own, from its first byte."""
        super().on_response_complete()
        self._watch()
        self._watch_reader()

    def pause_writing(self) -> None:
        """The client reads more slowly than its answer is made."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """It has read on."""
        super().resume_writing()
        self._has_read = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is owed any more."""
        self._clear()
        if self._reader_clock is not None:
            self._reader_clock.cancel()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Start a clock when the client begins to owe something, and stop it when that is there."""
        state = self.conn.their_state
        # Between two requests the keep-alive has its own clock, and is the shorter one.
        waits_for = _OWES.get(str(state), "")
        if waits_for == self._waits_for and self._owed is not None:
            return
        self._clear()
        self._waits_for = waits_for
        if waits_for and not self.transport.is_closing():
            seconds = self.head_seconds if waits_for == "head" else self.body_seconds
            self._owed = self.loop.call_later(seconds, self._end)

    def _watch_reader(self) -> None:
        """Look again in a while whether the client reads what waits for it. Closing alone waits for it for ever."""
        left = self.transport.get_write_buffer_size()
        if left and self._reader_clock is None:
            self._has_read = False
            self._reader_clock = self.loop.call_later(self.read_seconds, self._look_at_reader, left)

    def _look_at_reader(self, before: int) -> None:
        self._reader_clock = None
        left = self.transport.get_write_buffer_size()
        if left and not self._has_read and before - left < self.read_bytes:
            LOG.warning("a client did not read its answer in time; its connection is closed")
            self.transport.abort()
            return
        self._watch_reader()

    def _clear(self) -> None:
        if self._owed is not None:
            self._owed.cancel()
            self._owed = None
        self._waits_for = ""

    def _end(self) -> None:
        if not self.transport.is_closing():
            LOG.warning("a client did not send its %s in time; its connection is closed", self._waits_for)
            self.transport.abort()
