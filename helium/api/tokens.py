"""Tokens: who may call. A file of JSON lines, one per token, and optionally one admin token from the environment.

Only hashes are kept. A token is 32 random bytes, so one SHA-256 is as good as a slow hash: there is nothing to guess.
The file is read again when it changed. A line that cannot be read lets nobody in, and is logged with its number.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import logging
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from helium.errors import UsageError

LOG = logging.getLogger(__name__)
SINGLE = "HELIUM_TOKEN"
PREFIX = "helium_"


class Scope(StrEnum):
    """What a token may do; each scope includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


_ORDER = tuple(Scope)


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `hash` is the SHA-256 of its text, in hex; `expires` is `None` for one that does not end."""

    name: str
    owner: str
    scope: Scope
    hash: str
    created: datetime | None = None
    expires: datetime | None = None

    def may(self, scope: Scope) -> bool:
        """Whether its scope covers this one."""
        return _ORDER.index(self.scope) >= _ORDER.index(scope)

    def holds(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return self.expires is None or now < self.expires


def hashed(text: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def single(text: str, *, owner: str) -> Token:
    """The admin token of `HELIUM_TOKEN`, for a small set-up."""
    return Token(SINGLE, owner, Scope.ADMIN, hashed(text))


class Tokens:
    """The tokens of the file, if there is one, and those that were given; several threads may call."""

    def __init__(self, file: Path | None = None, *, given: Iterable[Token] = ()) -> None:
        self._file = file
        self._given = tuple(given)
        self._state: tuple[int, int, int] | None = None
        self._read: tuple[Token, ...] = ()

    @property
    def all(self) -> tuple[Token, ...]:
        """Every token, expired ones too."""
        if self._file is not None and (state := _state(self._file)) != self._state:
            self._read = read(self._file)
            self._state = state
        return self._given + self._read

    def find(self, text: str, *, now: datetime) -> Token | None:
        """The token with this text, if it holds. Each is compared, in constant time."""
        wanted = hashed(text)
        same = [token for token in self.all if hmac.compare_digest(token.hash, wanted)]
        return next((token for token in same if token.holds(now)), None)

    def named(self, name: str, *, now: datetime) -> Token | None:
        """The token of that name, while it holds: a session ends with its token."""
        return next((token for token in self.all if token.name == name and token.holds(now)), None)


def read(file: Path) -> tuple[Token, ...]:
    """The tokens in a file; none if the file is missing or cannot be read."""
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        LOG.error("%s cannot be read (%s), so none of its tokens lets anybody in", file.name, error.strerror)
        return ()
    return tuple(_tokens(lines, file.name))


def new(file: Path, token: Token) -> str:
    """Add a token (its `hash` is ignored) and return its text, which is shown this once."""
    text = PREFIX + secrets.token_urlsafe(32)
    with _locked(file):
        tokens = read(file)
        if any(each.name == token.name for each in tokens):
            raise UsageError(f"A token called {token.name!r} exists already. Revoke it, or choose another name.")
        _write(file, (*tokens, replace(token, hash=hashed(text))))
    return text


def revoke(file: Path, name: str) -> None:
    """Take a token away; `UsageError` when there is none of that name."""
    with _locked(file):
        tokens = read(file)
        left = tuple(token for token in tokens if token.name != name)
        if left == tokens:
            raise UsageError(f"There is no token called {name!r}. `helium token list` shows all tokens.")
        _write(file, left)


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _tokens(lines: Iterable[bytes], name: str) -> Iterator[Token]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line, type=Token)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            LOG.error("line %d of %s is not a token and lets nobody in: %s", number, name, error)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, tokens: Iterable[Token]) -> None:
    """A new file in the place of the old one, so that no reader sees half of it; nobody else may read it."""
    data = b"".join(msgspec.json.encode(token) + b"\n" for token in tokens)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    Path(name).replace(file)
