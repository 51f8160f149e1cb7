"""The key that signs the pages' cookies, kept beside the tokens so that a restart signs nobody out.

Only the process's own user may read it. Refuses nothing: where the folder cannot be written, the key is new with each
start, and the log says so.
"""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

LOG = logging.getLogger(__name__)
NAME = "session.key"
_BYTES = 32


def session_key(folder: Path) -> bytes:
    """The key in this folder, made at the first call; several processes that start at once get the same one."""
    file = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            _create(file)
        file.chmod(0o600)
        key = file.read_bytes()
    except OSError as error:
        LOG.warning("%s cannot be kept (%s), so a restart signs everybody out", NAME, error.strerror)
        key = b""
    return key if len(key) >= _BYTES else secrets.token_bytes(_BYTES)


def _create(file: Path) -> None:
    """Written beside and linked into place: no process ever reads half a key."""
    own = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        own.unlink()
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(secrets.token_bytes(_BYTES))
    try:
        os.link(own, file)
    finally:
        own.unlink()
