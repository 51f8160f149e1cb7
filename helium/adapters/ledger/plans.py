"""Reads the plan for shards from the ledger commit that holds it.

Refuses a commit outside the ledger's branch: only a plan on that branch has passed the guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pygit2

from helium.adapters.git_repo.read import read, resolved
from helium.adapters.git_repo.trees import UNREADABLE
from helium.adapters.ledger.serialization import plan_path, read_plan
from helium.adapters.ledger.snapshot import fleet_record_at
from helium.core.fleet_record import Lease
from helium.errors import SourceError

if TYPE_CHECKING:
    from helium.core.sharded_plan import ShardedPlan


def at(repository: pygit2.Repository, text: str, *, tip: str | None) -> ShardedPlan:
    """The plan whose lease the commit shows; `SourceError` with what is wrong."""
    commit = resolved(repository, text, remote=None)
    if tip is None or not _leads_back(repository, tip, to=commit):
        raise SourceError(
            f"{text[:40]!r} is not a commit of the ledger. Use the one that `helium reconcile --split` printed."
        )
    lease = _lease(repository, commit)
    data = read(repository, commit, path=plan_path(lease.run)) if lease else None
    if lease is None or data is None:
        raise SourceError(
            f"{commit[:10]} has no plan for shards. Use the commit that `helium reconcile --split` printed."
        )
    try:
        sharded = read_plan(data)
        if (sharded.run, sharded.counter) != lease.term:
            raise ValueError(f"it is of {sharded.run}, the lease of {lease.run}")
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise SourceError(
            f"{plan_path(lease.run)} of the ledger at {commit[:10]} cannot be read: {error}. Nothing is applied; "
            "a pass plans again when the lease has expired."
        ) from None
    return sharded


def _leads_back(repository: pygit2.Repository, tip: str, *, to: str) -> bool:
    try:
        return tip == to or repository.descendant_of(tip, to)
    except UNREADABLE as error:
        raise SourceError(f"The ledger's history cannot be read: {error}. `git fsck` says more.") from None


def _lease(repository: pygit2.Repository, commit: str) -> Lease | None:
    fleet_record = fleet_record_at(repository, commit)
    return fleet_record.lease if fleet_record else None
