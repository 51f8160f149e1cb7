"""One workspace as a server tells of it, by its stream of events: what happens is seen about a second later.

A stream ends after a quarter of an hour, with its server, or in a proxy. Then another one is begun, from the last event
on. Where the server has no room for one, it is asked once in a while instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread

from helium.adapters.server.transport import ServerTransport
from helium.core.watched import WatchedName, WatchedNames, looked, news
from helium.errors import HeliumError, SourceError

EVERY = 1.0
"""Seconds that a look waits for an event, and that pass before another stream is begun."""


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """One event of a stream."""

    kind: str
    data: str
    id: str = ""


def events_of(lines: Iterator[str]) -> Iterator[ReadEvent]:
    """The events in the lines of a stream; a comment is none."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line:
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            yield ReadEvent(fields.get("event", "message"), fields["data"], fields.get("id", ""))
            fields = {}
        else:
            fields = {}


class EventsWatch:
    """The port `FleetWatch` for one name. `look`: asks what it is; `read`: what an event says of it.

    A thread of its own reads the stream: whoever watches may end at any moment.
    """

    def __init__(
        self,
        transport: ServerTransport,
        path: str,
        *,
        name: str,
        look: Callable[[], WatchedNames],
        read: Callable[[str], WatchedNames],
    ) -> None:
        self._transport, self._path, self._name = transport, path, name
        self._look, self._read = look, read
        self._told: Queue[WatchedNames | HeliumError] = Queue()
        self._closed = Event()
        self.trouble = ""
        self.names = look()
        Thread(target=self._follow, name="events", daemon=True).start()

    def look_again(self) -> Sequence[WatchedName]:
        """Those with news since the last look."""
        try:
            told = self._told.get(timeout=EVERY)
        except Empty:
            return ()
        if isinstance(told, SourceError):
            self.trouble = str(told)
            return ()
        if isinstance(told, HeliumError):
            raise told
        before, self.names, self.trouble = self.names, looked(self.names, told), ""
        return news(before, self.names)

    def close(self) -> None:
        """The stream ends with the process, or with its next event."""
        self._closed.set()

    def _follow(self) -> None:
        last = ""
        while not self._closed.is_set():
            try:
                with self._transport.stream(self._path, about=self._name, last=last) as lines:
                    for event in events_of(lines):
                        last = event.id or last
                        self._hear(event)
                        if self._closed.is_set() or event.kind == "end":
                            break
            except HeliumError:
                self._look_instead()
            self._closed.wait(EVERY)

    def _hear(self, event: ReadEvent) -> None:
        if event.kind == "workspace":
            self._told.put(self._read(event.data))
        elif event.kind == "gone":
            self._told.put({})
            self._closed.set()

    def _look_instead(self) -> None:
        """Without a stream, a look says how things are, or why nobody can tell."""
        try:
            self._told.put(self._look())
        except HeliumError as error:
            self._told.put(error)
