"""What is known of every workspace, kept ready so that a read parses nothing and waits for nothing.

An `Index` is main at one commit beside the ledger at one head, and never changes; the `Indexer` builds the next one
when either moved. A blob that was read before is not read again. Files with errors have their place in it: they are
listed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.api.added import AddedFiles
from helium.api.parts import ApiParts, Placements
from helium.core.change_request import RequestInProgress, asked_for, by_name
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.fleet_record import Lease
from helium.core.live import Live, LiveStack
from helium.core.record import CorruptRecord, Record
from helium.core.spec import Addition, Entry, Reading, Spec, team_of
from helium.core.summary import Summary, asked_summary, summary
from helium.edits import settings_text
from helium.errors import Issue, SpecError
from helium.ports.commit_queue import View
from helium.ports.ledger import Snapshot

_MOMENT = 0.002
"""Seconds."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One name: its file, its record, or both, and who added the file, where the record does not tell.

    `fleet`: the settings of main; without them nothing is known of instances. `requests`: what people asked for in pull
    requests, the newest first; `asked`: the one for the workspace itself, where there is neither file nor record.
    """

    name: str
    reading: Reading | None
    record: Record | CorruptRecord | None
    addition: Addition | None = None
    fleet: Fleet = field(default_factory=lambda: Fleet(""))
    requests: tuple[RequestInProgress, ...] = ()
    asked: RequestInProgress | None = None
    placements: Placements = field(default_factory=dict)

    @property
    def placement(self) -> Mapping[str, Json]:
        """Where it will be, by its file and today's settings, while it has no record."""
        return self.placements.get(self.reading.backend, {}) if isinstance(self.reading, Spec) else {}

    @property
    def team(self) -> str:
        """The team whose workspace it is, by its file, else by its record."""
        if self.reading is not None:
            return team_of(self.reading.path)
        return self.record.team if isinstance(self.record, Record) else ""

    def summary(self, now: datetime) -> Summary:
        """What everybody says of it."""
        if self.asked is not None:
            return asked_summary(self.asked, defaults=self.fleet.defaults)
        return summary(
            self.name,
            self.reading,
            record=self.record,
            addition=self.addition,
            fleet=self.fleet,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class Index:
    """`issues` are those of `helium.yaml`; then `fleet` is the last that could be read. `names` are sorted.

    `additions`: who added the files that the records do not explain, as in `AddedFiles`. `requests`: by name; `asked`:
    those for workspaces that have neither file nor record yet. `placements`: where each backend makes a new one.
    """

    commit: str
    fleet: Fleet
    settings: bytes
    rules: object
    entries: tuple[Entry, ...]
    snapshot: Snapshot
    readings: Mapping[str, Reading] = field(default_factory=dict)
    additions: Mapping[str, Addition] = field(default_factory=dict)
    requests: Mapping[str, tuple[RequestInProgress, ...]] = field(default_factory=dict)
    asked: Mapping[str, RequestInProgress] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    placements: Placements = field(default_factory=dict)

    def row(self, name: str) -> IndexRow | None:
        """One name, `None` when neither a file nor a record has it, and nobody asks for it."""
        reading, record, asked = self.readings.get(name), self.snapshot.records.get(name), self.asked.get(name)
        if reading is None and record is None and asked is None:
            return None
        addition, requests = self.additions.get(name), self.requests.get(name, ())
        return IndexRow(name, reading, record, addition, self.fleet, requests, asked, self.placements)


class Indexer:
    """Holds the newest index. `look` and `ledger` block; several threads may call them."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._index: Index | None = None
        self._snapshot: Snapshot | None = None
        self._added = AddedFiles(parts.repo)
        self._begun = 0.0
        self._building, self._reading = threading.Lock(), threading.Lock()
        self._live: Live | None = None
        self.checked: datetime | None = None

    @property
    def index(self) -> Index | None:
        """The index, if it is still the newest: neither main nor the ledger moved since."""
        index = self._index
        if (
            index is None
            or index.snapshot is not self._snapshot
            or index.commit != self._parts.commit_queue.view().commit
        ):
            return None
        return index

    @property
    def snapshot(self) -> Snapshot:
        """The ledger as read last, at most a few seconds ago. For the newest state call `ledger`."""
        return self._snapshot or self.ledger()

    def look(self) -> Index:
        """The newest index, built if main or the ledger moved. `SourceError` if not even a first one can be built."""
        snapshot = self.snapshot
        with self._building:
            view, last = self._parts.commit_queue.view(), self._index
            if last is None or last.commit != view.commit or last.snapshot is not self._snapshot:
                self._index = self._built(view, self._snapshot or snapshot, last=last)
            return self._index or self._built(view, snapshot, last=last)

    def ledger(self) -> Snapshot:
        """The ledger as it was at some instant after the call began; callers that wait together share one reading."""
        called = time.monotonic()
        with self._reading:
            snapshot = self._snapshot
            # Whoever held the lock while this call waited may have begun its reading before the call: that is too old.
            if snapshot is None or self._begun < called:
                # All whom one push has woken are on their way here. A moment later, one reading is enough for them.
                time.sleep(_MOMENT)
                self._begun, now = time.monotonic(), self._parts.clock()
                read = self._parts.ledger.read()
                if snapshot is None or snapshot.head != read.head:
                    snapshot = read
                self._snapshot, self.checked = snapshot, now
            return snapshot

    def watch(self) -> None:
        """Read what passes are doing now, while one has the lease. Blocks; the rest of the time there is nothing."""
        status = self._parts.live
        self._live = status.read() if status is not None and self._lease is not None else None

    @property
    def at_work(self) -> Mapping[str, LiveStack]:
        """What is being done now, by name: nothing that another pass than the one with the lease said."""
        stacks = () if self._live is None else self._live.shown(self._lease, self._parts.clock())
        return {each.name: each for each in stacks}

    @property
    def _lease(self) -> Lease | None:
        record = self._snapshot.fleet_record if self._snapshot else None
        return record.lease if record else None

    def age(self) -> int:
        """Whole seconds since main and ledger were last read at their remote, the older of the two."""
        ledger = 0.0 if self.checked is None else (self._parts.clock() - self.checked).total_seconds()
        return max(0, int(ledger), int(self._parts.mirror_age()))

    def _built(self, view: View, snapshot: Snapshot, *, last: Index | None) -> Index:
        settings, rules = settings_text(view), self._parts.rules()
        known = last if last is not None and (last.settings, last.rules) == (settings, rules) else None
        fleet, issues = (known.fleet, known.issues) if known else self._fleet(settings, last=last)
        readings = self._readings(view, fleet, known=known)
        requests = by_name(snapshot.pull_requests.values())
        # Few names, if any: what everybody else has is a file or a record.
        new = (name for name in requests if name not in readings and name not in snapshot.records)
        asked = {name: each for name in new if (each := asked_for(requests[name], now=self._parts.clock()))}
        return Index(
            commit=view.commit,
            fleet=fleet,
            settings=settings,
            rules=rules,
            entries=view.entries,
            snapshot=snapshot,
            readings=readings,
            additions=self._added.of(
                frozenset(readings),
                commit=view.commit,
                snapshot=snapshot,
                now=self._parts.clock(),
                holding=view.holding,
            ),
            requests=requests,
            asked=asked,
            names=tuple(sorted({*readings, *snapshot.records, *asked})),
            issues=issues,
            placements=known.placements if known else self._parts.placements(fleet, view.commit),
        )

    def _fleet(self, settings: bytes, *, last: Index | None) -> tuple[Fleet, tuple[Issue, ...]]:
        try:
            return self._parts.specs.fleet(settings), ()
        except SpecError as error:
            return (last.fleet if last is not None else Fleet("")), error.issues

    def _readings(self, view: View, fleet: Fleet, *, known: Index | None) -> Mapping[str, Reading]:
        before = frozenset(known.entries) if known else frozenset[Entry]()
        names = {entry.name for entry in before.symmetric_difference(view.entries)}
        if known is not None and not names:
            return known.readings
        held = [entry for name in names for entry in view.holding(name)] if known else list(view.entries)
        # By their ids: by its path, each file would be looked for in the whole folder.
        data = self._parts.repo.blobs([entry.blob for entry in held])
        kept = {} if known is None else {name: each for name, each in known.readings.items() if name not in names}
        return {**kept, **self._parts.specs.read(held, data, fleet=fleet)}
