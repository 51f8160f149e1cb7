"""What this machine has sent and not yet written into the ledger: an empty file for each, which outlives the process.

Where a folder cannot be written, nothing is remembered, and a message may come twice after a kill.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


class SentFiles:
    """The port `SentJournal`, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, id: str) -> None:
        """A file of that name."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / id).touch()

    def __contains__(self, id: object) -> bool:
        """Whether there is one."""
        return (self._folder / str(id)).exists()

    def forget(self, id: str) -> None:
        """Take it away."""
        with suppress(OSError):
            (self._folder / id).unlink(missing_ok=True)
