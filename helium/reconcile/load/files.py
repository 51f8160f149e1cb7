"""What git says at one commit, beside what the ledger remembers of it.

What is not needed is not read: a file whose blob is its record's is not parsed, and history is walked only from the
commit that the ledger saw last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.facts import Facts, Recipe
from helium.core.fleet import Fleet
from helium.core.life import another_life, owner_of
from helium.core.record import Illegible, Phase, Record
from helium.core.spec import Birth, Entry, Reading, Removal, Spec, Unreadable, is_noreply, too_long
from helium.errors import Fault
from helium.reconcile.load.sources import Sources, Wish
from helium.reconcile.ports import Snapshot


@dataclass(frozen=True, slots=True)
class Files:
    """What git says at one commit, beside what the ledger remembers of it."""

    sources: Sources
    fleet: Fleet
    commit: str
    snapshot: Snapshot
    wish: Wish
    now: datetime

    def facts(self, recipes: Mapping[str, Recipe]) -> Facts:
        """All that can be said without a look at the stacks."""
        register, repo, records = self.snapshot.register, self.sources.repo, self.snapshot.records
        entries = repo.entries(self.commit)
        births, removals = self._history({entry.name for entry in entries})
        accepted = register.accepted if register else None
        files = self._read(entries, births)
        return Facts(
            fleet=self.fleet,
            commit=self.commit,
            specs={name: self._judged(file, births.get(name)) for name, file in files.items()},
            records=records,
            register=register,
            recipes=recipes,
            births=births,
            removals=removals,
            descends=repo.descends(self.commit, accepted) if accepted else None,
            remote_time=repo.remote_time(),
            gaps=(
                *self.snapshot.gaps,
                *_renamed(self.fleet, self.snapshot),
                *_elsewhere(self.fleet, self.snapshot),
            ),
        )

    def _history(self, names: set[str]) -> tuple[Mapping[str, Birth], Mapping[str, Removal]]:
        """Births and removals since the last pass, or of all time where a name needs one that the walk did not meet."""
        repo, records = self.sources.repo, self.snapshot.records
        since = self._seen()
        births, removals = repo.births(self.commit, since=since), repo.removals(self.commit, since=since)
        if since is None:
            births = {name: birth for name, birth in births.items() if _tells(birth, records.get(name))}
        else:
            births = {name: _after(birth, records.get(name)) for name, birth in births.items()}
        unborn = {name for name in names - set(births) if _needs_birth(records.get(name))}
        if since is not None and unborn:
            older = repo.births(self.commit, since=None)
            births = {**{name: older[name] for name in unborn & set(older)}, **births}
        unexplained = {name for name, record in records.items() if name not in names and _needs_removal(record)}
        if since is not None and unexplained - set(removals):
            removals = {**repo.removals(self.commit, since=None), **removals}
        return births, removals

    def _seen(self) -> str | None:
        """The commit that the ledger saw last, where main still goes on from it; history is told anew otherwise."""
        seen = self.snapshot.register.seen if self.snapshot.register else None
        return None if seen is None or self.sources.repo.descends(self.commit, seen) is False else seen

    def _read(self, entries: tuple[Entry, ...], births: Mapping[str, Birth]) -> Mapping[str, Reading]:
        register, specs = self.snapshot.register, self.sources.specs
        trusted = register is not None and register.read_with == specs.read_with(self.fleet) and not self.wish.roll_all
        unparsed = {entry.path for entry in entries if trusted and self._settled(entry, births)}
        wanted = [entry.blob for entry in entries if entry.path not in unparsed and entry.mode.startswith("100")]
        return specs.read(entries, self.sources.repo.blobs(wanted), fleet=self.fleet)

    def _settled(self, entry: Entry, births: Mapping[str, Birth]) -> bool:
        """Whether the file needs no parsing: its name is in step and its deadline lies ahead."""
        record = self.snapshot.records.get(entry.name)
        return (
            isinstance(record, Record)
            and record.phase is Phase.READY
            and record.spec_blob == record.seen_blob == entry.blob
            and record.deadline > self.now
            and record.removed is None
            and entry.name not in births
            and entry.name not in self.wish.roll
        )

    def _judged(self, file: Reading, birth: Birth | None) -> Reading:
        """The file, with the faults that only its history shows: too long a life, nobody to ask."""
        if not isinstance(file, Spec):
            return file
        record = self.snapshot.records.get(file.name)
        known = record if isinstance(record, Record) else None
        if known is not None and (known.emptied or another_life(known, file.blob, birth=birth)):
            known = None
        born = known.born if known else min(birth.born, self.now) if birth else self.now
        found = (
            too_long(file, born=born, longest=self.fleet.defaults.max_lifetime),
            _nobody(file, owner_of(file, record=known, birth=birth)),
        )
        faults = tuple(fault for fault in found if fault is not None)
        return Unreadable(file.name, file.path, file.blob, faults) if faults else file


def _renamed(fleet: Fleet, snapshot: Snapshot) -> Iterator[str]:
    """That the fleet got another name: none of its stacks would be its own, and all would be made a second time."""
    before = snapshot.register.fleet if snapshot.register else fleet.name
    if before != fleet.name and _held(snapshot):
        yield f"helium.yaml says fleet {fleet.name}, the workspaces are of {before}; put fleet back until they are gone"


def _held(snapshot: Snapshot) -> bool:
    """Whether anything may be there."""
    return any(isinstance(record, Illegible) or record.emptied is None for record in snapshot.records.values())


def _elsewhere(fleet: Fleet, snapshot: Snapshot) -> Iterator[str]:
    """That this pass would look for what lives in the sandbox in the real cloud, or the other way round.

    What is not there is deleted with success, there and here: it would be called gone while it lives.
    """
    before = snapshot.register.sandbox if snapshot.register else None
    if before is not None and _held(snapshot) and set(before) != set(fleet.sandbox):
        then, now = (", ".join(sorted(each)) or "nothing" for each in (before, fleet.sandbox))
        yield (
            f"the workspaces were made with the sandbox in the place of {then}, and today it stands in for {now}; put "
            "sandbox in helium.yaml, or HELIUM_SANDBOX, back until they are gone"
        )


def _tells(birth: Birth, record: Record | Illegible | None) -> bool:
    """Whether a birth found in a walk of all history says anything about a name.

    Of a life that is on record it is mostly that life's own, whose times may have been rewritten or clamped: only where
    the name was absent after the file that is on record can it be another's.
    """
    before = record.seen_blob if isinstance(record, Record) else None
    return birth.blob_before == before or _needs_birth(record)


def _after(birth: Birth, record: Record | Illegible | None) -> Birth:
    """What came back since the last pass is born after the life on record, though a slow clock dates it before."""
    if birth.blob_before is None or not isinstance(record, Record) or birth.born >= record.born:
        return birth
    return replace(birth, born=record.born + timedelta(seconds=1))


def _needs_birth(record: Record | Illegible | None) -> bool:
    """Whether another life may begin: there is none on record, or the last one ended or was removed."""
    if record is None:
        return True
    return isinstance(record, Record) and (record.emptied is not None or record.removed is not None)


def _needs_removal(record: Record | Illegible) -> bool:
    return isinstance(record, Record) and record.removed is None


def _nobody(file: Spec, owner: str) -> Fault | None:
    if "@" in owner and not is_noreply(owner):
        return None
    whose = f"its author is {owner}" if owner else "nobody is named"
    return Fault(file.path, 1, 1, "/owner", f"say who asked for it, as owner: you@example.com ({whose})")
