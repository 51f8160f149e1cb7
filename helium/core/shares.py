"""Shares: what was merged for each person without another one, in the last 24 hours, as the ledger notes it. Pure.

A share is written before the merge, so that two who judge at once cannot both give away the last place: the ledger has
one order, and only what stands before a share counts against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.core.fleet import RoutineAmounts

COUNTED_FOR = timedelta(hours=24)
"""How long a share counts."""


@dataclass(frozen=True, slots=True)
class RoutineShare:
    """What one person has of one pull request. `id`: of the judge who wrote it; `by`: that person's mail."""

    id: str
    by: str
    pull_request: int
    head: str
    at: datetime
    amounts: RoutineAmounts


def still_counted(shares: Iterable[RoutineShare], *, now: datetime) -> tuple[RoutineShare, ...]:
    """Those of the last 24 hours. A clock that went back leaves them as they are."""
    return tuple(share for share in shares if now - share.at < COUNTED_FOR)


def used_by(shares: Iterable[RoutineShare], *, now: datetime, besides: int) -> dict[str, RoutineAmounts]:
    """What each person has had, by the mail in lower case. `besides`: the pull request that is judged."""
    # Two may have judged one pull request at once; it is merged once.
    once = {(share.pull_request, share.by.lower()): share for share in still_counted(shares, now=now)}
    used = dict[str, RoutineAmounts]()
    for (number, by), share in once.items():
        if number != besides:
            used[by] = used.get(by, RoutineAmounts()) + share.amounts
    return used


def before(shares: Sequence[RoutineShare], id: str) -> tuple[RoutineShare, ...]:
    """Those that stood in the ledger when this judge's were written."""
    first = next((place for place, share in enumerate(shares) if share.id == id), len(shares))
    return tuple(shares[:first])
