"""The log: what became of each workspace, one line for each outcome, kept for ever. The ledger's adapter writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ORDERED = "order"
"""The code of what became of an order. It is said of each workspace that the order names, or of none."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One outcome, in one incarnation of one name.

    `kind`, `backend` and `seconds` say what was done and how long it took; `seconds` is 0 unless it ended well.
    """

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
    kind: str = ""
    backend: str = ""
    seconds: float = 0.0
