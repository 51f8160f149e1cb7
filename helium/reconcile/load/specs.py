"""What git says at one commit, beside what the ledger remembers of it.

It reads no more than it needs: a file that its record already knows is not parsed, and history is walked only from the
commit that the ledger saw last. It refuses no file: an invalid one is an observation as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from helium.core.additions import SeenUpTo, dated_removals, informative_additions, needs_addition, with_history_errors
from helium.core.drift import is_to_be_repaired
from helium.core.fleet import Fleet
from helium.core.observation import Observation, Recipe
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.removal_requests import KnownRequests
from helium.core.spec import team_of

if TYPE_CHECKING:
    from helium.core.spec import Addition, Entry, Reading, Removal
    from helium.ports import Sources
    from helium.ports.ledger import Snapshot
    from helium.reconcile.load.selection import Selection


@dataclass(frozen=True, slots=True)
class Files:
    """What git says at one commit, beside what the ledger remembers of it."""

    sources: Sources
    fleet: Fleet
    commit: str
    snapshot: Snapshot
    selection: Selection
    now: datetime

    def observed(self, recipes: Mapping[str, Recipe]) -> Observation:
        """The observation without a look at the stacks."""
        fleet_record, repo, records = self.snapshot.fleet_record, self.sources.repo, self.snapshot.records
        entries = repo.entries(self.commit)
        additions, removals = self._history({entry.name for entry in entries})
        asked = {request.id for request in fleet_record.requests} if fleet_record else set()
        landed = asked & repo.requests(self.commit, since=self._seen()) if asked else set()
        accepted = fleet_record.accepted if fleet_record else None
        files = self._read(entries, additions)
        return Observation(
            fleet=self.fleet,
            commit=self.commit,
            specs={
                name: with_history_errors(
                    file,
                    records.get(name),
                    addition=additions.get(name),
                    lifetimes=self.fleet.lifetimes,
                    now=self.now,
                )
                for name, file in files.items()
            },
            records=records,
            fleet_record=fleet_record,
            recipes=recipes,
            additions=additions,
            removals=removals,
            landed=frozenset(landed),
            changed_back=self._changed_back(entries),
            descends=repo.descends(self.commit, accepted) if accepted else None,
            gaps=(
                *self.snapshot.gaps,
                *_renamed(self.fleet, self.snapshot),
                *_elsewhere(self.fleet, self.snapshot),
            ),
        )

    def _changed_back(self, entries: tuple[Entry, ...]) -> frozenset[str]:
        """Asked for what is to go alone: its end may be another one than that which a pass noted."""
        since, records = self._seen(), self.snapshot.records
        ends = {name: each.seen_blob for name, each in records.items() if isinstance(each, Record) and each.due}
        as_before = {entry.name for entry in entries if ends.get(entry.name) == entry.blob}
        touched = self.sources.repo.touched(self.commit, since=since) if since and as_before else {}
        return frozenset(as_before & touched.keys())

    def _history(self, names: set[str]) -> tuple[Mapping[str, Addition], Mapping[str, Removal]]:
        """Additions and removals since the last pass; of all time where that leaves a name unexplained."""
        repo, records = self.sources.repo, self.snapshot.records
        since = self._seen()
        seen = SeenUpTo.of(self.snapshot.fleet_record, commit=since, now=self.now)
        additions = informative_additions(repo.additions(self.commit, since=since), records, seen=seen)
        removals = repo.removals(self.commit, since=since)
        removals = dated_removals(removals, records) if since is not None else removals
        without_addition = {name for name in names - set(additions) if needs_addition(records.get(name))}
        if since is not None and without_addition:
            older = repo.additions(self.commit, since=None)
            additions = {**{name: older[name] for name in without_addition & set(older)}, **additions}
        unexplained = {name for name, record in records.items() if name not in names and _needs_removal(record)}
        if since is not None and unexplained - set(removals):
            removals = {**repo.removals(self.commit, since=None), **removals}
        known = KnownRequests.of(self.snapshot.fleet_record.requests if self.snapshot.fleet_record else (), records)
        return known.additions(additions), known.removals(removals)

    def _seen(self) -> str | None:
        """The commit that the ledger saw last, if main descends from it; otherwise history is read from the start."""
        seen = self.snapshot.seen
        return None if seen is None or self.sources.repo.descends(self.commit, seen) is False else seen

    def _read(self, entries: tuple[Entry, ...], additions: Mapping[str, Addition]) -> Mapping[str, Reading]:
        fleet_record, specs = self.snapshot.fleet_record, self.sources.specs
        # Under another schema, or with other defaults, a file that was valid may not be any more.
        trusted = (
            fleet_record is not None
            and fleet_record.read_with == specs.read_with(self.fleet)
            and not self.selection.roll_all
        )
        unparsed = {entry.path for entry in entries if trusted and self._needs_no_parsing(entry, additions)}
        wanted = [entry.blob for entry in entries if entry.path not in unparsed and entry.mode.startswith("100")]
        return specs.read(entries, self.sources.repo.blobs(wanted), fleet=self.fleet)

    def _needs_no_parsing(self, entry: Entry, additions: Mapping[str, Addition]) -> bool:
        """Whether the record knows the file: the workspace matches it, and its deadline is in the future."""
        record = self.snapshot.records.get(entry.name)
        return (
            isinstance(record, Record)
            and record.phase is Phase.READY
            and record.spec_blob == record.seen_blob == entry.blob
            and record.deadline > self.now
            and record.removed is None
            and record.due is None
            # The longest lifetime is that of its team.
            and record.team == team_of(entry.path)
            and entry.name not in additions
            and not is_to_be_repaired(record.drift, self.fleet.drift)
            and entry.name not in self.selection.roll
        )


def _renamed(fleet: Fleet, snapshot: Snapshot) -> Iterator[str]:
    """A gap when the fleet was renamed: no stack would be its own any more, and all would be created a second time."""
    before = snapshot.fleet_record.fleet if snapshot.fleet_record else fleet.name
    if before != fleet.name and _may_hold_stacks(snapshot):
        yield (
            f"helium.yaml names the fleet {fleet.name}, but the workspaces belong to {before}; "
            "put the old name back until they are gone"
        )


def _may_hold_stacks(snapshot: Snapshot) -> bool:
    return any(isinstance(record, CorruptRecord) or record.emptied is None for record in snapshot.records.values())


def _elsewhere(fleet: Fleet, snapshot: Snapshot) -> Iterator[str]:
    """A gap when this pass would look in the real cloud for what was created in the sandbox, or the other way round.

    Deleting what does not exist is a success in any cloud, so a workspace would be called gone while it still runs.
    """
    before = snapshot.fleet_record.sandbox if snapshot.fleet_record else None
    if before is not None and _may_hold_stacks(snapshot) and set(before) != set(fleet.sandbox):
        then, now = (", ".join(sorted(each)) or "nothing" for each in (before, fleet.sandbox))
        yield (
            f"the workspaces were created with the sandbox in place of {then}, but now it is in place of {now}; put "
            "sandbox in helium.yaml, or HELIUM_SANDBOX, back until they are gone"
        )


def _needs_removal(record: Record | CorruptRecord) -> bool:
    return isinstance(record, Record) and record.removed is None
