"""What people ask of a door, as edits of main: create, update, extend, remove. The API and the command line share it.

Pure: each function gives a closure that looks at one view of main and says what to write, or raises what the asker
is to be told. A door asks it again on a new head, so nothing is decided before the view is seen. It refuses what is
not the asker's, what the schema refuses, and what the ledger says is being destroyed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.digest import Json
from helium.core.expiry import format_instant, parse_lifetime
from helium.core.fleet import Fleet, backend_name
from helium.core.life import owner_of
from helium.core.record import Illegible, Phase, Record
from helium.core.spec import NAME, Entry, Reading, Spec, Unreadable, deadline_of, in_the_past, too_long
from helium.errors import (
    AdminsOnly,
    Broken,
    Changed,
    Deleting,
    Fault,
    IsProtected,
    NameTaken,
    NotFound,
    NotOwner,
    NotYet,
    SpecError,
)
from helium.reconcile.load import SETTINGS
from helium.reconcile.ports import Edit, Specs, View

_NEW = "new"

Editing = Callable[[View], Sequence[Edit]]
"""What `Request.edit` is."""


def _unborn(_name: str) -> datetime | None:
    return None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the owner that new workspaces get, and whether others' may be touched."""

    owner: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wish is judged on besides main. `born` finds when a file without a record was added, if that is known."""

    specs: Specs
    asker: Asker
    now: datetime
    records: Mapping[str, Record | Illegible] = field(default_factory=dict)
    born: Callable[[str], datetime | None] = _unborn


def creation(name: str, fields: Mapping[str, Json], *, ground: Ground) -> Editing:
    """A new file. `fields` are the schema's own; `expiry` may also be `+7d`, from now. The owner is the asker."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = settings(view, ground.specs)
        path = _path(name)
        _free(name, _held(view, name), ground=ground)
        _may_set(name, fields, asker=ground.asker)
        whole = {**fields, "owner": ground.asker.owner}
        if "expiry" in whole:
            whole["expiry"] = _asked(whole["expiry"], ground.now, path=path)
        data = ground.specs.text(whole, path=path)
        _judged(Edit(path, data), fleet, ground=ground, born=ground.now)
        return (Edit(path, data),)

    return edit


def update(name: str, changes: Mapping[str, Json], *, ground: Ground, blobs: Sequence[str] = ()) -> Editing:
    """Set fields of a file that is there. `blobs`: what it must be (empty: anything); `+7d` is from its deadline."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = settings(view, ground.specs)
        entry, spec = _spec(view, name, fleet=fleet, specs=ground.specs)
        _unchanged(name, entry.blob, blobs=blobs)
        _may_touch(name, spec, ground=ground)
        not_deleting(name, ground.records.get(name))
        _may_set(name, changes, asker=ground.asker)
        _stays(spec, changes)
        born = _born(name, ground)
        wanted = dict(changes)
        if "expiry" in wanted:
            deadline = _deadline(spec, fleet, ground=ground, born=born)
            wanted["expiry"] = _asked(wanted["expiry"], deadline, path=entry.path)
        data = _written(view, spec, changes=wanted, specs=ground.specs)
        _judged(Edit(entry.path, data), fleet, ground=ground, born=born, checks_date="expiry" in wanted)
        return (Edit(entry.path, data),)

    return edit


def extension(name: str, expiry: str, *, ground: Ground, blobs: Sequence[str] = ()) -> Editing:
    """Move the deadline: `+7d` counts from the deadline, a date or an instant is itself."""
    return update(name, {"expiry": expiry}, ground=ground, blobs=blobs)


def removal(name: str, *, ground: Ground, blobs: Sequence[str] = ()) -> Editing:
    """Take the file away, whatever is in it; a protected workspace stays."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = settings(view, ground.specs)
        entries, reading = _found(view, name, fleet=fleet, specs=ground.specs)
        _unchanged(name, entries[0].blob, blobs=blobs)
        _may_touch(name, reading, ground=ground)
        if _is_protected(reading, ground.records.get(name)):
            raise IsProtected(name)
        return tuple(Edit(entry.path, None) for entry in entries)

    return edit


def creation_or_update(name: str, fields: Mapping[str, Json], *, ground: Ground, blobs: Sequence[str] = ()) -> Editing:
    """An update where the name has a file, else a creation; with `blobs`, only the update."""
    made = creation(name, fields, ground=ground)
    updated = update(name, fields, ground=ground, blobs=blobs)

    def edit(view: View) -> Sequence[Edit]:
        if _held(view, name):
            return updated(view)
        if blobs:
            raise Changed(name, "")
        return made(view)

    return edit


def settings_text(view: View) -> bytes:
    """`helium.yaml` at a view; empty when there is none, which no reader takes for settings."""
    return view.read(SETTINGS) or b""


def settings(view: View, specs: Specs) -> Fleet:
    """The fleet's settings at a view; `Broken` when they are missing or have faults, `NotYet` for pull requests."""
    try:
        fleet = specs.fleet(settings_text(view))
    except SpecError as error:
        raise Broken(SETTINGS, error.faults) from None
    if fleet.write != "direct":
        raise NotYet(
            f"helium.yaml says write: {fleet.write}, which this Helium does not do yet; open the pull request "
            "yourself, or set write: direct"
        )
    return fleet


def _path(name: str) -> str:
    if not NAME.fullmatch(name):
        sentence = (
            f"{name[:80]!r} is no name for a workspace: lowercase letters, digits and dashes, a letter or digit at "
            "both ends, at most 63"
        )
        raise SpecError((Fault("", 1, 1, "/name", sentence),))
    return f"workspaces/{name}.yaml"


def _held(view: View, name: str) -> tuple[Entry, ...]:
    """The entries that may hold a name; the substring is looked for first, since there may be ten thousand."""
    return tuple(entry for entry in view.entries if name in entry.path.lower() and entry.name == name)


def _free(name: str, held: Sequence[Entry], *, ground: Ground) -> None:
    if held:
        raise NameTaken(name, held[0].path)
    record = ground.records.get(name)
    if record is not None:
        phase = record.phase.value if isinstance(record, Record) else "illegible"
        raise NameTaken(name, f"a record in the ledger ({phase})")


def _found(view: View, name: str, *, fleet: Fleet, specs: Specs) -> tuple[tuple[Entry, ...], Reading]:
    held = _held(view, name)
    data = {entry.blob: found for entry in held if (found := view.read(entry.path)) is not None}
    reading = specs.read(held, data, fleet=fleet).get(name) if held else None
    if reading is None:
        raise NotFound(name)
    return held, reading


def _spec(view: View, name: str, *, fleet: Fleet, specs: Specs) -> tuple[Entry, Spec]:
    held, reading = _found(view, name, fleet=fleet, specs=specs)
    if not isinstance(reading, Spec):
        raise Broken(reading.path, reading.faults if isinstance(reading, Unreadable) else ())
    return held[0], reading


def _unchanged(name: str, blob: str, *, blobs: Sequence[str]) -> None:
    if blobs and blob not in blobs and "*" not in blobs:
        raise Changed(name, blob)


def _may_touch(name: str, reading: Reading, *, ground: Ground) -> None:
    record = ground.records.get(name)
    owner = owner_now(reading, record)
    if not ground.asker.admin and (not owner or owner.lower() != ground.asker.owner.lower()):
        raise NotOwner(name, owner)


def not_deleting(name: str, record: Record | Illegible | None) -> None:
    """`Deleting` when the ledger says so: asked before a write, and again with the ledger as it is after it."""
    if isinstance(record, Record) and record.phase is Phase.DELETING:
        raise Deleting(name)


def owner_now(reading: Reading | None, record: Record | Illegible | None) -> str:
    """Whose a workspace is, by its file or its record; empty when neither tells."""
    known = record if isinstance(record, Record) else None
    if isinstance(reading, Spec):
        return owner_of(reading, record=known, birth=None)
    return known.owner if known else ""


def _may_set(name: str, fields: Mapping[str, Json], *, asker: Asker) -> None:
    if "protected" in fields and not asker.admin:
        raise AdminsOnly(name, "protected")


def _stays(spec: Spec, changes: Mapping[str, Json]) -> None:
    wanted = changes.get("backend", spec.backend)
    if isinstance(wanted, str) and backend_name(wanted) != spec.backend:
        sentence = f"the backend of {spec.name} is {spec.backend} and cannot change; a move is a new name"
        raise SpecError((Fault(spec.path, 1, 1, "/backend", sentence),))


def _is_protected(reading: Reading, record: Record | Illegible | None) -> bool:
    return (isinstance(reading, Spec) and reading.protected) or (isinstance(record, Record) and record.protected)


def _born(name: str, ground: Ground) -> datetime:
    record = ground.records.get(name)
    if isinstance(record, Record) and record.removed is None and record.phase is not Phase.GONE:
        return record.born
    return ground.born(name) or ground.now


def _deadline(spec: Spec, fleet: Fleet, *, ground: Ground, born: datetime) -> datetime:
    record = ground.records.get(spec.name)
    if spec.expiry is None and isinstance(record, Record) and record.born == born:
        return record.deadline
    return deadline_of(spec, born=born, lifetime=fleet.defaults.lifetime)


def _asked(expiry: Json, since: datetime, *, path: str) -> Json:
    """The expiry as a spec writes it; other forms than `+7d` are left for the schema to judge."""
    if not isinstance(expiry, str) or not expiry.startswith("+"):
        return expiry
    try:
        return format_instant(since + parse_lifetime(expiry[1:]))
    except (ValueError, OverflowError) as error:
        raise SpecError((Fault(path, 1, 1, "/expiry", str(error)),)) from None


def _written(view: View, spec: Spec, *, changes: Mapping[str, Json], specs: Specs) -> bytes:
    """Scalars are set where they stand, so that a person's comments stay; a mapping makes the file anew."""
    if any(isinstance(value, Mapping | list) for value in changes.values()):
        return specs.text({**spec.fields, **changes}, path=spec.path)
    return specs.edited(view.read(spec.path) or b"", changes, path=spec.path)


def _judged(made: Edit, fleet: Fleet, *, ground: Ground, born: datetime, checks_date: bool = True) -> None:
    """Read what would be written as a pass will read it; `SpecError` with every fault."""
    entry = Entry(made.path, _NEW)
    reading = ground.specs.read((entry,), {_NEW: made.data or b""}, fleet=fleet)[entry.name]
    if not isinstance(reading, Spec):
        raise SpecError(reading.faults if isinstance(reading, Unreadable) else ())
    long = too_long(reading, born=born, longest=fleet.defaults.max_lifetime)
    past = in_the_past(reading, now=ground.now) if checks_date else None
    wrong = tuple(fault for fault in (long, past) if fault is not None)
    if wrong:
        raise SpecError(wrong)
