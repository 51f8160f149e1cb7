"""What of a fleet needs somebody: what has failed, what is held, what ends soon, and what waits for a person's merge.

Pure. The page shows these first. An admin looks after everybody's; whoever is no admin, after their own alone. That a
workspace of somebody else ends soon is its owner's business.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from helium.core.status import StatusWord
from helium.core.summary import Summary

SOON = timedelta(days=1)
"""Before a deadline: from then on its end is near, and the first warning is sent."""


class Attention(StrEnum):
    """Why a workspace needs somebody, the most urgent first."""

    FAILED = "failed"
    HELD = "held"
    ENDS_SOON = "ends soon"
    WAITS = "waits for a merge"


def attention(summary: Summary, *, now: datetime, waits: bool = False) -> Attention | None:
    """The most urgent thing about a workspace. `waits`: a pull request for it is open.

    A protected one has no end. One whose destroy has begun cannot be kept any more.
    """
    if summary.status is StatusWord.FAILED:
        return Attention.FAILED
    if summary.held:
        return Attention.HELD
    ends = summary.deadline if not summary.protected and summary.status is not StatusWord.DELETING else None
    if ends is not None and now < ends <= now + SOON:
        return Attention.ENDS_SOON
    return Attention.WAITS if waits else None


def needs(what: Attention | None, *, own: bool, admin: bool) -> bool:
    """Whether that is for this person to look at."""
    return what is not None and (own or (admin and what is not Attention.ENDS_SOON))
