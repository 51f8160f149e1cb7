"""Which names a request takes away, noted in the ledger before its commit is pushed.

A pass believes the ledger, since whoever may push can type a commit's trailers. Refuses to hold a removal up for that:
one that could not be noted is pushed all the same, and counts like a removal by hand.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from helium.core.removal_requests import RemovalRequest
from helium.core.spec import Entry
from helium.errors import SourceError
from helium.ports.commit_queue import Request
from helium.ports.repo import Edit

LOG = logging.getLogger(__name__)

Noting = Callable[[Sequence[RemovalRequest]], None]
"""Notes them in the ledger; `SourceError` when it could not."""


def notes_nothing(_: Sequence[RemovalRequest]) -> None:
    """For writes that nobody asked for, such as an expiry, and where there is no ledger."""


def removal_of(request: Request, edits: Sequence[Edit]) -> RemovalRequest | None:
    """What the request takes away; `None` where every name keeps a file."""
    removed, written = (
        {Entry(edit.path, "").name for edit in edits if (edit.data is None) == gone} for gone in (True, False)
    )
    names = tuple(sorted(removed - written))
    return RemovalRequest(request.id, names, datetime.now(UTC).replace(microsecond=0)) if names else None


def note(noting: Noting, removals: Sequence[RemovalRequest]) -> None:
    """Note them, in one commit; without one where there are none."""
    if not removals:
        return
    try:
        noting(removals)
    except SourceError as error:
        names = ", ".join(name for removal in removals for name in removal.names)
        LOG.warning("the ledger does not know that somebody asked for the end of %s: %s", names, error)
