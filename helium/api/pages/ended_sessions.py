"""The sessions that people ended before their time, so that a cookie which somebody kept opens nothing any more.

One line each in a file beside the tokens: the digests of whose it was and of its nonce, and when the cookie would have
ended by itself. Processes that share the file share the sign-outs, and a restart forgets none. Without a file, they are
in memory alone.

It stays small. Only what somebody signed in to is written down, a line goes when its session would be over anyway, and
whoever ends more than a hundred in a week ends all that they began until then: that is one line again.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import BinaryIO

LOG = logging.getLogger(__name__)
MOST = 100
"""Lines for one person."""
_SPARE = 100
"""Lines that are over, before they are worth a new file."""


class EndedSessions:
    """One for the process; several threads may call. Both methods may wait for a disk, so no event loop calls them."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._lock = file, Lock()
        self._reader: BinaryIO | None = None
        self._half, self._lines, self._long = b"", 0, _SPARE
        self._ended: dict[str, int] = {}
        self._unwritten: dict[str, int] = {}

    def end(self, nonce: str, *, until: int, now: datetime, whose: str = "") -> None:
        """End a session here and now. `whose`: of several that one person had, the oldest may share a line."""
        with self._lock:
            self._unwritten[_name(nonce, whose)] = until
            try:
                self._write(whose, now=now)
            except OSError as error:
                LOG.error("the sign-outs cannot be written (%s), so a restart forgets one", error.strerror)

    def has(self, nonce: str, *, whose: str = "", until: int = 0) -> bool:
        """Whether somebody ended it, or all that this person began until then."""
        with self._lock:
            self._read()
            known = ({_name(nonce, whose), _name(nonce)} & self._ended.keys()) or _name(nonce, whose) in self._unwritten
            return bool(known) or bool(whose and until <= self._ended.get(_all_of(whose), 0))

    def _write(self, whose: str, *, now: datetime) -> None:
        if self._file is None:
            self._ended, self._unwritten = _fewer({**self._ended, **self._unwritten}, whose, now=now), {}
            return
        with _alone(self._file.with_name(f"{self._file.name}.lock")):
            self._read()
            if self._lines < self._long and len(_of(whose, self._ended)) < MOST:
                _append(self._file, self._unwritten, after=self._half)
            else:
                left = _fewer({**self._ended, **self._unwritten}, whose, now=now)
                _replace(self._file, left)
                self._long = 2 * len(left) + _SPARE
            self._unwritten = {}
            self._read()

    def _read(self) -> None:
        """What is new in the file. One that was replaced is read from its beginning."""
        if self._file is None:
            return
        try:
            now = self._file.stat()
            # It is open here, so nothing else can have its number.
            if self._reader is None or os.fstat(self._reader.fileno()).st_ino != now.st_ino:
                opened = self._file.open("rb")
                if self._reader is not None:
                    self._reader.close()
                self._reader, self._half, self._lines, self._ended = opened, b"", 0, {}
            *lines, self._half = (self._half + self._reader.read()).split(b"\n")
        except OSError:
            return
        self._lines += len(lines)
        self._ended |= _ends(lines)


def _fewer(ended: Mapping[str, int], whose: str, *, now: datetime) -> dict[str, int]:
    """Those that are not over by themselves; too many of one person's become one."""
    left = {name: until for name, until in ended.items() if until > now.timestamp()}
    own = _of(whose, left)
    if len(own) <= MOST:
        return left
    latest = max(left[name] for name in own)
    return {**{name: until for name, until in left.items() if name not in own}, _all_of(whose): latest}


def _of(whose: str, ended: Mapping[str, int]) -> set[str]:
    mark = _all_of(whose)
    return {name for name in ended if name.startswith(mark)} if whose else set()


def _ends(lines: list[bytes]) -> dict[str, int]:
    parts = (line.decode(errors="replace").split(" ") for line in lines)
    return {each[0]: int(each[1]) for each in parts if len(each) == 2 and each[1].isascii() and each[1].isdecimal()}


def _text(ended: Mapping[str, int]) -> bytes:
    return "".join(f"{name} {until}\n" for name, until in ended.items()).encode()


def _append(file: Path, ended: Mapping[str, int], *, after: bytes) -> None:
    """`after`: the half of a line that somebody left who was killed."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
        out.write((b"\n" if after else b"") + _text(ended))


def _replace(file: Path, ended: Mapping[str, int]) -> None:
    half = file.with_name(f"{file.name}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(_text(ended))
    half.replace(file)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """The only process that writes."""
    with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _all_of(whose: str) -> str:
    return f"{_digest(whose)[:16]}-"


def _name(nonce: str, whose: str = "") -> str:
    return f"{_all_of(whose) if whose else ''}{_digest(nonce)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
