"""The log: what became of each workspace, one line for each outcome, kept for ever. The ledger's adapter writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from helium.core.amounts import Amounts

if TYPE_CHECKING:
    from helium.core.record import Record

ORDERED = "order"
"""The code of what became of an order. It is said of each workspace that the order names, or of none."""


CORRUPT = "illegible"
"""The code of a line that cannot be read. Nobody wrote it so: whoever reads the log is told of it this way."""
MOVED = "team"
"""The code of a workspace whose file is in another folder than was noted: from then on it counts for that team."""


@dataclass(frozen=True, slots=True)
class UsageNote:
    """Whose a workspace is from this line on, and what it takes: usage is counted by nothing else.

    `began`: when a pass began to create it; `None`: nothing was begun, or nobody knows any more. `ended`: nothing of it
    is left. A later estimate, owner or folder never changes what an earlier line says.
    """

    began: datetime | None = None
    owner: str = ""
    team: str = ""
    amounts: Amounts | None = None
    ended: bool = False

    @classmethod
    def of(cls, record: Record, *, ended: bool = False) -> UsageNote:
        """What its record says now."""
        return cls(record.created_at, record.owner, record.team, record.amounts, ended)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One outcome, in one incarnation of one name.

    `kind`, `backend` and `seconds` say what was done and how long it took; `seconds` is 0 unless it ended well.
    `usage`: what usage is counted by; `None` in the lines of an older Helium, and where it is about no stack.
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
    usage: UsageNote | None = None
