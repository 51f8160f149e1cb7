"""The log: what became of each workspace, one line per outcome, for ever; the ledger's adapter writes the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log: one outcome in one life of one name."""

    time: datetime
    name: str
    code: str
    sentence: str
    added_at: datetime | None = None
    commit: str = ""
    origin: str = ""
    by: str = ""
    approved_by: str = ""
    digest: str = ""
    run: str = ""
