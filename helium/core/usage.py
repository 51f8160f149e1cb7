"""Usage: how long each workspace lived and what it took in that time, from the log. Pure.

Cost begins when a pass begins to create a workspace, and ends when the log says that nothing of it is left. In between,
each line says whose it is and what it takes from then on. Nothing is guessed: amounts that nobody knew are counted as
unknown, and a workspace whose end is missing counts up to the last line that is about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.amounts import Amounts
from helium.core.deadlines import format_instant
from helium.core.log_line import LogLine, UsageNote
from helium.core.record import CorruptRecord, Record

Records = Mapping[str, Record | CorruptRecord]


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which nothing about a workspace changed. `end`: `None` while it lives. `began`: of its lifetime."""

    name: str
    backend: str
    owner: str
    team: str
    began: datetime
    begin: datetime
    end: datetime | None
    amounts: Amounts | None


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """All spans of a log, by name and time. `doubts`: what cannot be known from it, a sentence each."""

    spans: tuple[Span, ...] = ()
    doubts: tuple[str, ...] = ()


def lifetimes(lines: Iterable[LogLine], records: Records) -> Lifetimes:
    """What lived when. `records`: the ledger's as they are now, which know what lives and has no line yet."""
    found: dict[tuple[str, datetime], _Incarnation] = {}
    for line in lines:
        if line.usage is not None and line.added_at is not None:
            _of(found, (line.name, line.added_at)).said.append((line, line.usage))
    for name, record in records.items():
        if isinstance(record, Record) and record.emptied is None:
            _of(found, (name, record.added_at)).record = record
    spans, doubts = list[Span](), list[str]()
    for key in sorted(found):
        # Of a record that nobody can read, nobody knows that it ended.
        spans += found[key].spans(doubts, lives=isinstance(records.get(key[0]), CorruptRecord))
    return Lifetimes(tuple(spans), tuple(doubts))


def _of(found: dict[tuple[str, datetime], _Incarnation], key: tuple[str, datetime]) -> _Incarnation:
    if key not in found:
        found[key] = _Incarnation(key[0])
    return found[key]


@dataclass(slots=True)
class _Living:
    """One that has begun, and what was said of it last, at `seen`."""

    note: UsageNote
    backend: str
    began: datetime
    seen: datetime

    def span(self, name: str, end: datetime | None) -> Span:
        """Since it was seen."""
        note = self.note
        return Span(name, self.backend, note.owner, note.team, self.began, self.seen, end, note.amounts)


@dataclass(slots=True)
class _Incarnation:
    """What log and ledger have of one incarnation of one name, which may have been made more than once."""

    name: str
    said: list[tuple[LogLine, UsageNote]] = field(default_factory=list)
    record: Record | None = None
    living: _Living | None = None
    ended: datetime | None = None

    def spans(self, doubts: list[str], *, lives: bool) -> Iterator[Span]:
        """Its spans, oldest first, and what is doubtful of it. `lives`: although no record says so."""
        # Shards write beside each other, and two clocks may differ.
        for line, note in sorted(self.said, key=lambda each: each[0].time):
            yield from self._until(line, note, doubts=doubts)
        yield from self._now(doubts, lives=lives)

    def _until(self, line: LogLine, note: UsageNote, *, doubts: list[str]) -> Iterator[Span]:
        living, began = self.living, note.began
        if living is not None and began is not None and began != living.began and began >= living.seen:
            # It was made again, so it had ended before.
            doubts.append(_lost_end(self.name, living))
            self.ended, living = living.seen, None
        if living is None:
            if began is None or (self.ended is not None and began < self.ended):
                # Nothing was begun, or it is about what has ended.
                self.living = None
                return
            begin = min(began, line.time)
            living = _Living(note, line.backend, began, begin)
        elif began is None and not note.ended:
            return
        yield living.span(self.name, line.time)
        if note.ended:
            self.living, self.ended = None, line.time
        else:
            self.living = _Living(note, line.backend or living.backend, living.began, line.time)

    def _now(self, doubts: list[str], *, lives: bool) -> Iterator[Span]:
        """What lives now, by the ledger. What only the log still knows ended at a time that nobody noted."""
        living, record = self.living, self.record
        if living is not None and (record is not None or lives):
            yield living.span(self.name, None)
        elif living is not None:
            doubts.append(_lost_end(self.name, living))
        elif record is not None:
            # Announced, and nothing became of it yet; or a repair found it again.
            begin = max(record.created_at, self.ended or record.created_at)
            note = UsageNote.of(record)
            yield _Living(note, record.backend, begin, begin).span(self.name, None)


def _lost_end(name: str, living: _Living) -> str:
    return f"The log does not say when {name} ended. It counts until {format_instant(living.seen)}."
