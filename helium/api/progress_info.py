"""What a pass is doing with a workspace, in the form of the API's answers."""

from __future__ import annotations

from dataclasses import dataclass

from helium.core.deadlines import format_instant
from helium.core.live import LiveStack


@dataclass(frozen=True, slots=True)
class ProgressInfo:
    """What a pass is doing with a workspace now.

    `Kind` is `create`, `update` or `destroy`, `Since` when that began. `Resource`: the type and name of the one that
    is at work, empty between two; `Type` and `Name` are the whole of both. `Done` of `Of` resources have ended, `Of` by
    the last time; `UsualSeconds`: how long it takes as a rule. Both are 0 where nobody knows.
    """

    Kind: str
    Since: str
    Resource: str
    Done: int
    Of: int
    UsualSeconds: float
    Type: str = ""
    Name: str = ""


def progress_info(doing: LiveStack) -> ProgressInfo:
    """One workspace at work."""
    return ProgressInfo(
        Kind=doing.kind,
        Since=format_instant(doing.since),
        Resource=str(doing.doing),
        Done=doing.done,
        Of=doing.of,
        UsualSeconds=round(doing.usual, 1),
        Type=doing.doing.type,
        Name=doing.doing.name,
    )
