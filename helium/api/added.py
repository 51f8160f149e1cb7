"""Who added each file on main, and when, by the rules of a pass: kept from one index to the next.

A walk of all history takes seconds for 20,000 commits, so a walk goes on where the last one stopped. It answers with
less, and never with a guess, where this clone has too little history.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from helium.core.additions import SeenUpTo, informative_additions, needs_addition
from helium.core.record import CorruptRecord, Record
from helium.core.spec import Addition
from helium.errors import SourceError
from helium.ports.ledger import Snapshot
from helium.ports.repo import Holding, Repo


@dataclass(frozen=True, slots=True)
class _Walk:
    """What one walk found, and the commit that it went up to."""

    head: str
    additions: Mapping[str, Addition] = field(default_factory=dict)


class AddedFiles:
    """For one caller at a time; the indexer holds its lock."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._walks: dict[str | None, _Walk] = {}

    def of(
        self, names: frozenset[str], *, commit: str, snapshot: Snapshot, now: datetime, holding: Holding | None = None
    ) -> Mapping[str, Addition]:
        """For the files that are on main at this commit, by name: those that the ledger's records do not explain.

        `holding`: the commit's files of a name, from a caller who has listed them.
        """
        since = self._seen(commit, snapshot)
        walked = partial(self._walked, commit=commit, names=names, records=snapshot.records, holding=holding)
        self._walks = {start: walk for start, walk in self._walks.items() if start in (since, None)}
        additions: dict[str, Addition] = {}
        with suppress(SourceError):
            seen = SeenUpTo.of(snapshot.fleet_record, commit=since, now=now)
            additions = informative_additions(walked(since), snapshot.records, seen=seen)
            # A name that was held back, or whose workspace has ended, may have been added long before the last pass.
            missing = {name for name in names - additions.keys() if needs_addition(snapshot.records.get(name))}
            if since is not None and missing:
                older = walked(None)
                additions |= {name: older[name] for name in missing if name in older}
        return additions

    def _seen(self, commit: str, snapshot: Snapshot) -> str | None:
        """The commit that the last pass looked at, if main still goes on from it."""
        seen = snapshot.seen
        return None if seen is None or self._repo.descends(commit, seen) is False else seen

    def _walked(
        self,
        since: str | None,
        *,
        commit: str,
        names: frozenset[str],
        records: Mapping[str, Record | CorruptRecord],
        holding: Holding | None,
    ) -> Mapping[str, Addition]:
        last, additions = self._walks.get(since), None
        if last is not None and self._repo.descends(commit, last.head):
            newer = self._repo.additions(commit, since=last.head, holding=holding)
            # Where a file came back under a name that has a record, only the whole walk knows what it comes from.
            if newer.keys().isdisjoint(records):
                additions = {**last.additions, **newer}
        if additions is None:
            additions = dict(self._repo.additions(commit, since=since, holding=holding))
        additions = {name: addition for name, addition in additions.items() if name in names}
        self._walks[since] = _Walk(commit, additions)
        return additions
