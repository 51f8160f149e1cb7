"""What git has of one name for its page: its history, its file, and what Pulumi said, while it is failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from helium.api.index import Index, IndexRow
from helium.api.pages.confirmations import is_restorable
from helium.api.pages.history import Moment, moments
from helium.api.pages.layout import Dashboard
from helium.api.pages.undo import restored_until
from helium.core.record import Phase, Record


@dataclass(frozen=True, slots=True)
class ReadFromGit:
    """What git has of one name: its history, its file, and what Pulumi said, while it is failed.

    `restored_until`: when it ends if its file comes back, where that is gone.
    """

    moments: tuple[Moment, ...]
    spec: str
    failure: str
    restored_until: str = ""

    @property
    def shown(self) -> Mapping[str, object]:
        """By the names that the page has for it."""
        return {
            "moments": self.moments,
            "text": self.spec,
            "failure": self.failure,
            "restored_until": self.restored_until,
        }


def read_from_git(dashboard: Dashboard, index: Index, *, name: str, row: IndexRow | None) -> ReadFromGit:
    """All of it, without a request to the remote."""
    commits, log = dashboard.parts.repo.commits(name, commit=index.commit), dashboard.parts.ledger.log(name=name)
    path = row.reading.path if row is not None and row.reading is not None else ""
    data = dashboard.parts.repo.read(index.commit, path) if path else None
    record = row.record if row is not None else None
    # Of an attempt that is over. While the next one is made, the words of the last are not those of now.
    is_failed = isinstance(record, Record) and record.phase is Phase.FAILED
    failure = dashboard.parts.ledger.diagnostics(name) if is_failed else ""
    parts = dashboard.parts
    back = restored_until(name, index, parts=parts, now=parts.clock()) if row and is_restorable(row) else ""
    return ReadFromGit(moments(commits, log), (data or b"").decode(errors="replace"), failure, back)
