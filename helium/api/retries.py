"""Where somebody asks for another attempt: a note in the ledger that the next round takes, and no commit of main."""

from __future__ import annotations

from helium import edits
from helium.api.auth import Caller
from helium.api.index import Indexer
from helium.api.parts import ApiParts
from helium.errors import NotFoundError


def retried(name: str, *, caller: Caller, indexer: Indexer, parts: ApiParts) -> bool:
    """Let the next round try again what failed. False where it does so anyway. It waits for a push."""
    snapshot, now = indexer.ledger(), parts.clock()
    row = indexer.look().row(name)
    if row is None:
        raise NotFoundError(name)
    writes = edits.retry_writes(row.summary(now), snapshot=snapshot, requester=caller.requester, by=caller.by, now=now)
    if writes is not None:
        parts.ledger.write(writes, on=snapshot)
        indexer.ledger()
    return writes is not None
