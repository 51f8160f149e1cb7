"""The servers where a person signed in, in one file that nobody else may read: `~/.config/helium/servers.json`.

A writer takes a lock beside it and replaces the whole file, so nobody reads half of one. Refuses a file that is not
its own form with the way to begin again, rather than to lose what is in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from helium.core.server_login import ServerLogin
from helium.errors import UsageError

NAME = "servers.json"


@dataclass(frozen=True, slots=True)
class LoginsDocument:
    """The file: the current server, and what is known of each."""

    current: str = ""
    servers: Mapping[str, ServerLogin] = field(default_factory=dict)


class LoginsFile:
    """The port `ServerLogins`. Nothing is kept in memory, since other processes write too."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        self._lock = self._file.with_suffix(".lock")

    def all(self) -> tuple[ServerLogin, ...]:
        """By their addresses."""
        return tuple(login for _, login in sorted(self._read().servers.items()))

    def of(self, server: str) -> ServerLogin | None:
        """As the file says."""
        return self._read().servers.get(server)

    def current(self) -> str:
        """As the file says."""
        return self._read().current

    def keep(self, login: ServerLogin, *, current: bool = True) -> None:
        """Write it into the file."""
        with _locked(self._lock):
            known = self._read()
            now = login.server if current or not known.current else known.current
            self._write(LoginsDocument(now, {**known.servers, login.server: login}))

    def use(self, server: str) -> None:
        """Write down that it is the current one."""
        with _locked(self._lock):
            known = self._read()
            if server in known.servers:
                self._write(LoginsDocument(server, known.servers))

    def drop(self, server: str) -> bool:
        """Take it out of the file."""
        with _locked(self._lock):
            known = self._read()
            left = {name: login for name, login in known.servers.items() if name != server}
            if len(left) == len(known.servers):
                return False
            only = next(iter(left)) if len(left) == 1 else ""
            self._write(LoginsDocument(known.current if known.current in left else only, left))
            return True

    @contextmanager
    def turn(self, server: str) -> Iterator[None]:
        """By a lock of the server's own, beside the file."""
        name = hashlib.sha256(server.encode()).hexdigest()[:16]
        with _locked(self._file.with_name(f"renewing-{name}.lock")):
            yield

    def _read(self) -> LoginsDocument:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=LoginsDocument)
        except FileNotFoundError:
            return LoginsDocument()
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{self._file} is not as Helium wrote it ({error}). Correct it, or remove it and sign in again."
            ) from None

    def _write(self, document: LoginsDocument) -> None:
        data = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
        # `mkstemp` lets its own user alone read it.
        descriptor, half = tempfile.mkstemp(dir=self._file.parent, prefix=f"{NAME}-")
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(half).replace(self._file)
        finally:
            Path(half).unlink(missing_ok=True)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
