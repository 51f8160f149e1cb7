"""What main holds: the fleet's settings, and the file of a name, or that there is none."""

from __future__ import annotations

from collections.abc import Sequence

from helium.core.fleet import SETTINGS, Fleet
from helium.core.record import CorruptRecord, Record
from helium.core.spec import NAME, NAME_RULE, WORKSPACES, Entry, InvalidSpec, Reading, Spec
from helium.errors import BrokenFileError, Fault, NameTakenError, NotFoundError, NotSupportedError, SpecError
from helium.ports.commit_queue import View
from helium.ports.specs import Specs


def settings_text(view: View) -> bytes:
    """`helium.yaml` at a view; empty when there is none, which no reader takes for settings."""
    return view.read(SETTINGS) or b""


def settings(view: View, specs: Specs) -> Fleet:
    """The fleet's settings at a view; `Broken` when they are missing or have faults, `NotYet` for pull requests."""
    try:
        fleet = specs.fleet(settings_text(view))
    except SpecError as error:
        raise BrokenFileError(SETTINGS, error.faults) from None
    if fleet.write != "direct":
        raise NotSupportedError(
            f"helium.yaml says write: {fleet.write}, which this Helium does not do yet; open the pull request "
            "yourself, or set write: direct"
        )
    return fleet


def path_of(name: str) -> str:
    """Where its file goes; `SpecError` for what is no name."""
    if not NAME.fullmatch(name):
        sentence = f"{name[:80]!r} is no name for a workspace: {NAME_RULE}; choose another"
        raise SpecError((Fault("", 1, 1, "/name", sentence),))
    return f"{WORKSPACES}/{name}.yaml"


def held(view: View, name: str) -> tuple[Entry, ...]:
    """The entries that may hold a name; the substring is looked for first, since there may be ten thousand."""
    return tuple(entry for entry in view.entries if name in entry.path.lower() and entry.name == name)


def free(name: str, holders: Sequence[Entry], *, record: Record | CorruptRecord | None) -> None:
    """`NameTaken` when a file or a record holds the name."""
    if holders:
        raise NameTakenError(name, holders[0].path)
    if record is not None:
        phase = record.phase.value if isinstance(record, Record) else "illegible"
        raise NameTakenError(name, f"a record in the ledger ({phase})")


def found(view: View, name: str, *, fleet: Fleet, specs: Specs) -> tuple[tuple[Entry, ...], Reading]:
    """The entries that hold the name, and what they say together; `NotFound` when there are none."""
    entries = held(view, name)
    data = {entry.blob: text for entry in entries if (text := view.read(entry.path)) is not None}
    reading = specs.read(entries, data, fleet=fleet).get(name) if entries else None
    if reading is None:
        raise NotFoundError(name)
    return entries, reading


def spec_of(view: View, name: str, *, fleet: Fleet, specs: Specs) -> tuple[Entry, Spec]:
    """The one valid file of the name; `Broken` with its faults when it is not."""
    entries, reading = found(view, name, fleet=fleet, specs=specs)
    if not isinstance(reading, Spec):
        raise BrokenFileError(reading.path, reading.faults if isinstance(reading, InvalidSpec) else ())
    return entries[0], reading
