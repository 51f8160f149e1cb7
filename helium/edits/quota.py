"""The quota at the door: has main, as the edit sees it, room for one more workspace of this owner?

It is judged on each head that the edit is tried on, so of two requests at once only one gets the last place. A file
that was removed has given its place back, unless a grace or a safeguard holds the removal; a pass judges again, in the
same way. It binds whoever asks, admins too. It refuses new workspaces alone: what exists is extended, changed and
restored as ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from helium.core.fleet import Fleet
from helium.core.grace import grace_ends
from helium.core.quota import QuotaBook, QuotaError, QuotaPlace
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Entry, InvalidSpec, Reading, entries_by_name, team_of
from helium.core.summary import Summary
from helium.core.transitions import recorded_end
from helium.edits import lookup
from helium.edits.edit_context import EditContext
from helium.ports.commit_queue import View

_EXEMPT = ("readme", "gitkeep")
_ENDING = (Phase.DELETING, Phase.GONE)


def require_place(place: QuotaPlace, view: View, *, fleet: Fleet, context: EditContext) -> None:
    """`QuotaError` says how many there are, of how many, and which are the owner's."""
    if not fleet.has_quota:
        return
    book = book_of(view, fleet=fleet, context=context, besides=place.name)
    if full := book.full(place):
        raise QuotaError(place.name, book.sentence(full, owner=place.owner))


def require_own_place(place: QuotaPlace, view: View, *, fleet: Fleet, context: EditContext) -> None:
    """`QuotaError` where its new owner has as many as they may. Team and fleet have it already."""
    if fleet.limits.per_owner is None:
        return
    book = book_of(view, fleet=fleet, context=context, besides=place.name)
    full = book.full(place)
    if full is not None and full.key[0] == "owner":
        raise QuotaError(place.name, book.sentence(full, owner=place.owner))


def book_of(view: View, *, fleet: Fleet, context: EditContext, besides: str = "") -> QuotaBook:
    """Who has how many on main, and in the pull requests that Helium opened. `besides`: a name that is not counted."""
    book, held = QuotaBook(fleet), _held(view)
    others = {name: each for name, each in held.items() if name != besides}
    for place in (
        *_with_file(others, view, fleet=fleet, context=context),
        *_kept(held, besides, fleet=fleet, context=context),
    ):
        book.take(place)
    for name, owner in context.asked().items():
        if name not in held and name != besides and name not in context.records:
            book.take(QuotaPlace(name, owner))
    return book


def _held(view: View) -> Mapping[str, tuple[Entry, ...]]:
    """The entries of each name. Only a few names can be of files that are no specs."""
    held = entries_by_name(view.entries)
    specs = {name: tuple(each for each in held.get(name, ()) if not each.exempt) for name in _EXEMPT}
    return {name: entries for name, entries in (held | specs).items() if entries}


def _with_file(
    held: Mapping[str, tuple[Entry, ...]], view: View, *, fleet: Fleet, context: EditContext
) -> Iterator[QuotaPlace]:
    unknown = list[Entry]()
    for name, entries in held.items():
        record = context.records.get(name)
        # Of ten thousand files nearly all are as a pass left them, and need not be read for every request.
        if len(entries) == 1 and isinstance(record, Record) and _is_in_step(entries[0], record):
            if (
                recorded_end(record, fleet.lifetimes).at > context.now
                or record.protected
                or record.held
                or _waits(record, fleet, context=context)
            ):
                yield QuotaPlace(name, record.owner, team_of(entries[0].path))
        else:
            unknown += entries
    texts = {entry.blob: text for entry in unknown if (text := view.read(entry.path)) is not None}
    for name, reading in context.specs.read(tuple(unknown), texts, fleet=fleet).items() if unknown else ():
        row = lookup.summary_of(name, reading, fleet=fleet, context=context)
        if _counts(reading, row, record=context.records.get(name)):
            yield QuotaPlace(name, row.owner, team_of(reading.path))


def _is_in_step(entry: Entry, record: Record) -> bool:
    living = record.phase not in _ENDING and record.removed is None and record.emptied is None
    return living and entry.blob == record.seen_blob == record.spec_blob


def _counts(reading: Reading, row: Summary, *, record: Record | CorruptRecord | None) -> bool:
    """Whether it lives or will: not what has expired, nor a file with errors that nothing was ever made from."""
    if row.expired and not (row.held or row.protected or row.undo_until):
        return False
    return not isinstance(reading, InvalidSpec) or _lives(record)


def _lives(record: Record | CorruptRecord | None) -> bool:
    return isinstance(record, CorruptRecord) or (
        record is not None and record.phase not in _ENDING and record.emptied is None
    )


def _kept(held: Mapping[str, object], besides: str, *, fleet: Fleet, context: EditContext) -> Iterator[QuotaPlace]:
    """What has no file any more, and stays: its grace or a safeguard holds it, or nobody can read what is known."""
    for name, record in context.records.items():
        if name in held or name == besides:
            continue
        if isinstance(record, CorruptRecord):
            yield QuotaPlace(name, "")
        elif _lives(record) and (record.held or record.protected or _waits(record, fleet, context=context)):
            yield QuotaPlace(name, record.owner)


def _waits(record: Record, fleet: Fleet, *, context: EditContext) -> bool:
    """Whether its destroy still waits: until then it has its place."""
    return grace_ends(record, fleet=fleet, now=context.now) is not None
