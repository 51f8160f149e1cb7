"""Files that are there whole or not at all, whenever this process is killed and whoever else writes them."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write_whole(file: Path, data: bytes) -> None:
    """Write a file by way of one beside it, which nobody takes for the real one. `OSError` leaves the old one there."""
    half = file.with_name(f".{file.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        half.write_bytes(data)
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
