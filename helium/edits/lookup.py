"""What main holds: the fleet's settings, the file of a name, and what both it and its record say."""

from __future__ import annotations

from collections.abc import Sequence

from helium.core.deadlines import format_instant
from helium.core.fleet import DIRECT, SETTINGS, Fleet
from helium.core.grace import grace_ends
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import NAME, NAME_RULE, WORKSPACES, Entry, InvalidSpec, Reading, Spec
from helium.core.summary import Summary, summary
from helium.edits.edit_context import EditContext
from helium.edits.refusals import HeldDeletionError, RemovedError
from helium.errors import BrokenFileError, Issue, NameTakenError, NotFoundError, NotSupportedError, SpecError
from helium.ports.commit_queue import View
from helium.ports.specs import Specs

UNNAMED = f"{WORKSPACES}/unnamed.yaml"
"""Stands for the file of a request whose name cannot be one, so that its other errors are told as well."""


def settings_text(view: View) -> bytes:
    """`helium.yaml` at a view; empty when it is missing, which no reader accepts as settings."""
    return view.read(SETTINGS) or b""


def settings(view: View, context: EditContext) -> Fleet:
    """The fleet's settings at a view; `BrokenFileError` for errors.

    `NotSupportedError` where they want pull requests, and whoever asks cannot open any.

    Every edit begins here: nothing is written to a fleet whose rules cannot be read.
    """
    try:
        fleet = context.specs.fleet(settings_text(view))
    except SpecError as error:
        raise BrokenFileError(SETTINGS, error.issues) from None
    if fleet.write != DIRECT and not context.by_pull_request:
        raise NotSupportedError(
            f"helium.yaml says write: {fleet.write}, and this Helium knows no host that keeps pull requests. "
            "`helium doctor` says what to set. Or open one yourself, or set write: direct."
        )
    return fleet


def path_of(name: str) -> str:
    """Where a new workspace's file goes; `SpecError` for a text that cannot be a name."""
    if not NAME.fullmatch(name):
        sentence = f"{name[:80]!r} cannot be a workspace's name. A name has {NAME_RULE}."
        raise SpecError((Issue("", 1, 1, "/name", sentence),))
    return f"{WORKSPACES}/{name}.yaml"


def require_file(view: View, name: str, *, fleet: Fleet, context: EditContext, removes: bool = False) -> None:
    """Say what becomes of a workspace whose file is gone and whose stack is not; nothing for any other name.

    `removes`: the person wants it removed, which is refused only while something holds the deletion.
    """
    record = context.records.get(name)
    if not isinstance(record, Record) or record.phase in (Phase.DELETING, Phase.GONE) or view.holding(name):
        return
    if record.held:
        raise HeldDeletionError(name, record.held.why)
    if not removes:
        until = grace_ends(record, fleet=fleet, now=context.now)
        raise RemovedError(name, format_instant(until) if until else "")


def require_free(name: str, entries: Sequence[Entry], *, record: Record | CorruptRecord | None) -> None:
    """`NameTakenError` when a file or a record holds the name, in whatever phase.

    A record may stand for a stack that still exists: a new file would take that stack over.
    """
    if entries:
        raise NameTakenError(name, entries[0].path)
    if record is not None:
        by = _TAKEN_BY.get(record.phase, record.phase.value) if isinstance(record, Record) else _UNREADABLE
        raise NameTakenError(name, by, has_file=False)


_TAKEN_BY = {
    Phase.DELETING: "it is being destroyed, and then the name is free",
    Phase.GONE: "it was destroyed, and the next pass frees the name",
}
_UNREADABLE = "the ledger has a record of it that cannot be read"


def reading_of(view: View, name: str, *, fleet: Fleet, specs: Specs) -> tuple[tuple[Entry, ...], Reading]:
    """The entries that hold the name, and what they say together; `NotFoundError` without any."""
    entries = view.holding(name)
    data = {entry.blob: text for entry in entries if (text := view.read(entry.path)) is not None}
    reading = specs.read(entries, data, fleet=fleet).get(name) if entries else None
    if reading is None:
        raise NotFoundError(name)
    return entries, reading


def spec_of(view: View, name: str, *, fleet: Fleet, specs: Specs) -> tuple[Entry, Spec]:
    """The one valid file of the name; `BrokenFileError` with its errors when it is not."""
    entries, reading = reading_of(view, name, fleet=fleet, specs=specs)
    if not isinstance(reading, Spec):
        raise BrokenFileError(reading.path, reading.issues if isinstance(reading, InvalidSpec) else ())
    return entries[0], reading


def summary_of(name: str, reading: Reading | None, *, fleet: Fleet, context: EditContext) -> Summary:
    """The same row that the list shows: whose it is, since when, until when, and whether it is protected."""
    return summary(
        name,
        reading,
        record=context.records.get(name),
        addition=context.addition(name),
        fleet=fleet,
        now=context.now,
    )
