"""What is to be written: the expiry in a spec's own form, the file's text, and that a pass will read it as valid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from helium.core.digest import Json
from helium.core.expiry import format_instant, parse_lifetime
from helium.core.fleet import Fleet
from helium.core.record import Phase, Record
from helium.core.spec import Entry, InvalidSpec, Spec, deadline_of, in_the_past, too_long
from helium.edits.edit_context import EditContext
from helium.errors import Fault, SpecError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit
from helium.ports.specs import Specs

_NEW = "new"


def born_of(name: str, context: EditContext) -> datetime:
    """When its life began: as recorded, or as history tells, or now."""
    record = context.records.get(name)
    if isinstance(record, Record) and record.removed is None and record.phase is not Phase.GONE:
        return record.added_at
    return context.added_at(name) or context.now


def deadline_now(spec: Spec, fleet: Fleet, *, context: EditContext, added_at: datetime) -> datetime:
    """The deadline that it has before the wish is granted."""
    record = context.records.get(spec.name)
    if spec.expiry is None and isinstance(record, Record) and record.added_at == added_at:
        return record.deadline
    return deadline_of(spec, added_at=added_at, lifetime=fleet.defaults.lifetime)


def asked(expiry: Json, since: datetime, *, path: str) -> Json:
    """The expiry as a spec writes it; other forms than `+7d` are left for the schema to judge."""
    if not isinstance(expiry, str) or not expiry.startswith("+"):
        return expiry
    try:
        return format_instant(since + parse_lifetime(expiry[1:]))
    except (ValueError, OverflowError) as error:
        raise SpecError((Fault(path, 1, 1, "/expiry", str(error)),)) from None


def written(view: View, spec: Spec, *, changes: Mapping[str, Json], specs: Specs) -> bytes:
    """Scalars are set where they stand, so that a person's comments stay; a mapping makes the file anew."""
    if any(isinstance(value, Mapping | list) for value in changes.values()):
        return specs.text({**spec.fields, **changes}, path=spec.path)
    return specs.edited(view.read(spec.path) or b"", changes, path=spec.path)


def check(made: Edit, fleet: Fleet, *, context: EditContext, added_at: datetime, checks_date: bool = True) -> None:
    """Read what would be written as a pass will read it; `SpecError` with every fault."""
    entry = Entry(made.path, _NEW)
    reading = context.specs.read((entry,), {_NEW: made.data or b""}, fleet=fleet)[entry.name]
    if not isinstance(reading, Spec):
        raise SpecError(reading.faults if isinstance(reading, InvalidSpec) else ())
    long = too_long(reading, added_at=added_at, longest=fleet.defaults.max_lifetime)
    past = in_the_past(reading, now=context.now) if checks_date else None
    wrong = tuple(fault for fault in (long, past) if fault is not None)
    if wrong:
        raise SpecError(wrong)
