"""One mirror for each process: a numbered folder, with a lock that the kernel releases when the process dies.

Refuses to share a folder: of two processes in one mirror, each would move aside what the other is reading.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from helium.errors import SourceError

_MOST = 64


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """The first numbered folder below `folder` that nobody has locked. It is the caller's until the block ends."""
    for number in range(1, _MOST + 1):
        with _opened(folder / f"{number}.lock") as lock:
            if _lock(lock):
                yield folder / str(number)
                return
    raise SourceError(f"{_MOST} processes use the mirrors in {folder}. Stop one, or set HELIUM_MIRRORS.")


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w")
    except OSError as error:
        raise SourceError(f"Cannot keep a mirror in {path.parent}: {error.strerror}. Is it writable?") from None


def _lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
