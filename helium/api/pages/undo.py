"""How long a workspace that is to be destroyed can still be kept, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from helium.api.index import Index
from helium.core.deadlines import format_lifetime, time_left
from helium.core.summary import Summary


def undo_facts(summary: Summary, index: Index, *, now: datetime) -> Mapping[str, str]:
    """`undo`: for how long, empty where it is not to go; `grace`: how long the fleet waits, empty where it does not."""
    grace = index.fleet.limits.grace
    return {
        "undo": time_left(summary.undo_until, now) if summary.undo_until else "",
        "grace": format_lifetime(grace) if grace else "",
    }
