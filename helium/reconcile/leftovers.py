"""What a pass that was killed while a stack's name left the state did not remove: its history and its backups.

The proof is in the ledger: the stack was seen empty, and its name is no longer listed. The record stays until they are
gone, or nobody would know of them.
"""

from __future__ import annotations

from helium.core.record import Record
from helium.errors import EngineError
from helium.ports.engine import Engine


def removed(engine: Engine, record: Record) -> bool:
    """Whether nothing of the stack of a record is left that may be dropped. If not, the next pass tries again."""
    if record.emptied is None:
        # Never created, or not by this fleet: nothing was proven, so nothing is removed.
        return True
    try:
        engine.forget(record.stack_id)
    except (EngineError, ValueError):
        return False
    return True
