"""The key that signs the pages' cookies, kept beside the tokens so that a restart signs nobody out.

Only the process's own user may read it. Refuses nothing: where the folder cannot be written, the key is new with each
start, and the log says so.
"""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from helium.app.secret_file import create_once

LOG = logging.getLogger(__name__)
NAME = "session.key"
_BYTES = 32


def session_key(folder: Path) -> bytes:
    """The key in this folder, made at the first call; several processes that start at once get the same one."""
    file = folder / NAME
    try:
        create_once(file, secrets.token_bytes(_BYTES))
        file.chmod(0o600)
        key = file.read_bytes()
    except OSError as error:
        LOG.warning("%s cannot be kept (%s), so a restart signs everybody out", NAME, error.strerror)
        key = b""
    return key if len(key) >= _BYTES else secrets.token_bytes(_BYTES)
