"""Which comments were obeyed: the ledger remembers each while it could come again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT_FOR = timedelta(hours=48)
"""How long the ledger remembers one: twice as long as it is good, for clocks that differ."""


WAITED_FOR = timedelta(days=14)
"""How long an answer waits for a merge."""


@dataclass(frozen=True, slots=True)
class UnfinishedAnswer:
    """An answer that says "once that is merged". `thread`: where it is; `to`: to whom, as it is written there."""

    thread: int
    to: str
    name: str
    pull_request: str

    @property
    def number(self) -> int:
        """Of the pull request, by its address."""
        return int(self.pull_request.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class ObeyedComment:
    """A comment that somebody has begun to carry out. `by`: of the one who did, for a race of two."""

    id: int
    at: datetime
    by: str
    unfinished: UnfinishedAnswer | None = None


def still_remembered(obeyed: Iterable[ObeyedComment], *, now: datetime) -> tuple[ObeyedComment, ...]:
    """Those that may come again, or whose answer is to be finished."""
    return tuple(each for each in obeyed if now - each.at < (WAITED_FOR if each.unfinished else KEPT_FOR))


def is_first(obeyed: Sequence[ObeyedComment], mine: ObeyedComment) -> bool:
    """Whether this one is to carry it out: of two who saw a comment at once, the ledger has one first."""
    return next((each for each in obeyed if each.id == mine.id), None) == mine
