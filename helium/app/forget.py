"""A copy of what Helium forgets, so that a person can still look it up, or put it back by hand."""

from __future__ import annotations

import json
from pathlib import Path

from helium.adapters.files import write_whole
from helium.app.run import clock
from helium.ports.engine import LostCluster


def keep_export(folder: Path, name: str, *, lost: LostCluster) -> Path:
    """The file with the stack's state as it was, in a folder of the fleet's that nobody else may read."""
    kept = folder / ".helium" / "forgotten"
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = kept / f"{name}-{clock():%Y%m%dT%H%M%SZ}.json"
    write_whole(file, json.dumps(lost.export, indent=1).encode())
    return file
