"""A file with a secret that Helium makes up once and keeps: the sandbox's passphrase, the key of the pages' cookies."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def create_once(path: Path, secret: bytes) -> None:
    """Write the file whole or not at all, for its own user alone. Of two processes at once, the first one wins.

    Whoever calls reads the file afterwards: it may be the other one's, and a file that is there stays as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}-{os.getpid()}")
    with suppress(FileNotFoundError):
        half.unlink()
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secret)
        with suppress(FileExistsError):
            path.hardlink_to(half)
    finally:
        half.unlink(missing_ok=True)
