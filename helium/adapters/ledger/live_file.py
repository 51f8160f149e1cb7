"""What is going on, as the port `LiveStatus` on a file of this machine: written at once, and whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from helium.adapters.ledger.live_text import live_of, text_of
from helium.core.fleet_record import Lease
from helium.core.live import Live, LiveStack


class LiveFile:
    """The newest word of this pass, in a file that goes when the pass ends."""

    def __init__(self, path: Path) -> None:
        self._path, self._stem = path, path.stem
        self._lock = Lock()
        self._lease: Lease | None = None
        self._live: Live | None = None
        self._failed = False
        self._trouble = ""

    def read(self) -> Live | None:
        """The file as it is now, and those of the other parts."""
        return Live.together(self._parts())

    def _parts(self) -> Iterator[Live]:
        for path in sorted(self._path.parent.glob(f"{self._stem}*.json")):
            with suppress(OSError):
                if (live := live_of(path.read_bytes())) is not None:
                    yield live

    def as_part(self, number: int) -> None:
        """A file of its own, beside those of the others."""
        self._path = self._path.with_name(f"{self._stem}-{number}.json")

    def show(self, stacks: Sequence[LiveStack], *, now: datetime) -> None:
        """Replaces the file."""
        with self._lock:
            if self._lease is not None:
                self._write(Live.under(self._lease, stacks, now=now))

    def under(self, lease: Lease | None) -> None:
        """With another lease, or none, what was shown is over."""
        with self._lock:
            live, self._lease = self._live, lease
            if live is not None and lease is not None and live.is_of(lease):
                self._write(replace(live, until=lease.until))
            else:
                self._take_away()

    def trouble(self) -> str:
        """Once, why it cannot be written."""
        with self._lock:
            said, self._trouble = self._trouble, ""
        return said

    def close(self) -> None:
        """Whatever was at work has ended, even where the ledger could not be told."""
        with self._lock:
            self._take_away()

    def along(self, push: Callable[[str], str]) -> None:
        """Nothing goes with a push of the ledger: it lies here."""
        push("")

    def _take_away(self) -> None:
        """What another process of this fleet shows stays."""
        if self._live is not None:
            self._path.unlink(missing_ok=True)
            self._live = None

    def _write(self, live: Live) -> None:
        try:
            self._path.parent.mkdir(exist_ok=True)
            number, name = tempfile.mkstemp(prefix=".live-", dir=self._path.parent)
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(text_of(live))
                Path(name).replace(self._path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
            self._live = live
        except OSError as error:
            if not self._failed:
                self._trouble = f"{self._path} cannot be written, so nobody sees what goes on: {error.strerror}"
            self._failed = True
