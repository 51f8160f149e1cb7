"""Ends a workspace whose cluster is gone: which stack that is, and a copy of what Helium forgets of it.

A person can look it up in the copy, or put it back by hand. It refuses a workspace that nothing is to destroy.
"""

from __future__ import annotations

import json
from pathlib import Path

from helium.adapters.files import write_whole
from helium.app.open_fleet import OpenFleet
from helium.app.orphans import planned
from helium.app.run import clock
from helium.core.plan import Destroy, Keep
from helium.core.stack import StackId
from helium.errors import NotFoundError, UsageError
from helium.ports.engine import LostCluster
from helium.reconcile.load import Selection


def to_be_forgotten(fleet: OpenFleet, name: str) -> StackId:
    """The stack of a workspace that a pass would destroy, or that a safeguard keeps from it."""
    named = frozenset((name,))
    change = planned(fleet, Selection(names=named, lost_clusters=named)).of(name)
    if change is None:
        raise NotFoundError(name)
    to_do = change.held if isinstance(change, Keep) else change
    if not isinstance(to_do, Destroy):
        raise UsageError(
            f"{name} is not to be destroyed ({change.reason.rstrip('.')}), so nothing of it is forgotten. "
            f"First run: helium delete {name}"
        )
    return to_do.stack


def keep_export(folder: Path, name: str, *, lost: LostCluster) -> Path:
    """The file with the stack's state as it was, in a folder of the fleet's that nobody else may read."""
    kept = folder / ".helium" / "forgotten"
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = kept / f"{name}-{clock():%Y%m%dT%H%M%SZ}.json"
    write_whole(file, json.dumps(lost.export, indent=1).encode())
    return file
