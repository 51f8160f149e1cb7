"""The sessions that people ended before their time, so that a cookie which somebody kept opens nothing any more.

One line each in a file beside the tokens: the digest of the session's nonce, and when the cookie would have ended by
itself. Processes that share the file share the sign-outs, and a restart forgets none. Without a file, they are in
memory alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from datetime import datetime
from pathlib import Path

LOG = logging.getLogger(__name__)


class EndedSessions:
    """One for the process; several threads may call."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._size = -1
        self._ended: dict[str, int] = {}

    def end(self, nonce: str, *, until: int, now: datetime) -> None:
        """End a session here and now; lines of sessions that are over anyway are dropped."""
        self._read()
        before = len(self._ended)
        left = {name: end for name, end in self._ended.items() if end > now.timestamp()}
        self._ended = {**left, _digest(nonce): until}
        if self._file is None:
            return
        rewrites = before > 2 * len(self._ended)
        try:
            self._append(self._file, f"{_digest(nonce)} {until}\n", rewrites=rewrites, now=now)
        except OSError as error:
            LOG.error("%s cannot be written (%s), so a restart forgets a sign-out", self._file.name, error.strerror)

    def has(self, nonce: str) -> bool:
        """Whether somebody ended it."""
        self._read()
        return _digest(nonce) in self._ended

    def _append(self, file: Path, line: str, *, rewrites: bool, now: datetime) -> None:
        opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(opened, "a+", errors="replace") as out:
            fcntl.flock(out, fcntl.LOCK_EX)
            if rewrites:
                out.seek(0)
                # What another process ended since it was read last must stay.
                left = {**_ends(out.read(), after=now.timestamp()), **self._ended}
                out.truncate(0)
                line = "".join(f"{name} {end}\n" for name, end in left.items())
            out.write(line)

    def _read(self) -> None:
        """What other processes ended; the file only grows, but for what is over."""
        if self._file is None:
            return
        try:
            size = self._file.stat().st_size
            if size == self._size:
                return
            text = self._file.read_text(errors="replace")
        except OSError:
            return
        self._ended, self._size = {**self._ended, **_ends(text)}, size


def _ends(text: str, *, after: float = 0) -> dict[str, int]:
    """By the digest; those that end after a time."""
    parts = (line.split(" ") for line in text.splitlines())
    read = {each[0]: int(each[1]) for each in parts if len(each) == 2 and each[1].isdecimal()}
    return {name: end for name, end in read.items() if end > after}


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()[:32]
