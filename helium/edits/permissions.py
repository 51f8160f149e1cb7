"""What one asker may do to one workspace, and what nobody may. Each refusal is an error that says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helium.core.digest import Json
from helium.core.fleet import backend_name
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Reading, Spec
from helium.core.transitions import owner_of
from helium.edits.edit_context import EditContext, Requester
from helium.errors import AdminsOnlyError, BeingDeletedError, ChangedError, Fault, NotOwnerError, SpecError


def unchanged(name: str, blob: str, *, blobs: Sequence[str]) -> None:
    """`Changed` when the file is not one that the asker looked at; none given, or `*`: any will do."""
    if blobs and blob not in blobs and "*" not in blobs:
        raise ChangedError(name, blob)


def may_touch(name: str, reading: Reading, *, context: EditContext) -> None:
    """`NotOwner` for whoever is neither the owner nor an admin."""
    record = context.records.get(name)
    owner = owner_now(reading, record)
    if not context.requester.admin and (not owner or owner.lower() != context.requester.owner.lower()):
        raise NotOwnerError(name, owner)


def not_deleting(name: str, record: Record | CorruptRecord | None) -> None:
    """`Deleting` when the ledger says so: asked before a write, and again with the ledger as it is after it."""
    if isinstance(record, Record) and record.phase is Phase.DELETING:
        raise BeingDeletedError(name)


def owner_now(reading: Reading | None, record: Record | CorruptRecord | None) -> str:
    """Whose a workspace is, by its file or its record; empty when neither tells."""
    known = record if isinstance(record, Record) else None
    if isinstance(reading, Spec):
        return owner_of(reading, record=known, addition=None)
    return known.owner if known else ""


def may_set(name: str, fields: Mapping[str, Json], *, requester: Requester) -> None:
    """`AdminsOnly` for what only an admin may set."""
    if "protected" in fields and not requester.admin:
        raise AdminsOnlyError(name, "protected")


def stays(spec: Spec, changes: Mapping[str, Json]) -> None:
    """`SpecError` for another backend: a move is a new name."""
    wanted = changes.get("backend", spec.backend)
    if isinstance(wanted, str) and backend_name(wanted) != spec.backend:
        sentence = f"the backend of {spec.name} is {spec.backend} and cannot change; a move is a new name"
        raise SpecError((Fault(spec.path, 1, 1, "/backend", sentence),))


def is_protected(reading: Reading, record: Record | CorruptRecord | None) -> bool:
    """Whether its file or its record says so."""
    return (isinstance(reading, Spec) and reading.protected) or (isinstance(record, Record) and record.protected)
