"""What one person may do to one workspace, and what nobody may. Each refusal is an error that says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helium.core.deadlines import format_instant
from helium.core.digest import Json
from helium.core.fleet import backend_name
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Spec
from helium.core.summary import Summary
from helium.edits.edit_context import Requester
from helium.edits.refusals import DestroyedError
from helium.errors import AdminsOnlyError, BeingDeletedError, ChangedError, Issue, NotOwnerError, SpecError


def require_unchanged(name: str, blob: str, *, blobs: Sequence[str]) -> None:
    """`ChangedError` when the file is not one that the person looked at; none given, or `*`: any will do."""
    if blobs and blob not in blobs and "*" not in blobs:
        raise ChangedError(name, blob)


def require_may_change(summary: Summary, requester: Requester) -> None:
    """`NotOwnerError` for everybody but the owner and admins. An unknown owner is nobody's: then only admins may."""
    is_owner = bool(summary.owner) and summary.owner.lower() == requester.owner.lower()
    if not (requester.admin or is_owner):
        raise NotOwnerError(summary.name, summary.owner)


def require_not_deleting(name: str, record: Record | CorruptRecord | None) -> None:
    """`BeingDeletedError` when the ledger says so: called before a write, and again with the ledger as it is after."""
    if isinstance(record, Record) and record.phase is Phase.DELETING:
        raise BeingDeletedError(name)


def require_not_destroyed(name: str, blob: str, *, record: Record | CorruptRecord | None) -> None:
    """`DestroyedError` where the file is still that of what was destroyed, as after a deadline.

    More time would make a new, empty workspace, and the person would look for their data in it.
    """
    if isinstance(record, Record) and record.phase is Phase.GONE and not record.removed and blob == record.seen_blob:
        raise DestroyedError(name, format_instant(record.emptied or record.updated_at), has_file=True)


def require_may_set(name: str, fields: Mapping[str, Json], *, requester: Requester) -> None:
    """`AdminsOnlyError` for what only an admin may set."""
    if "protected" in fields and not requester.admin:
        raise AdminsOnlyError(name, "protected")


KEPT = ("backend", "expiry", "owner")
"""Without them a workspace would run elsewhere, end at another time, or be another person's."""


def require_may_take_away(spec: Spec, changes: Mapping[str, Json]) -> None:
    """`SpecError` for the absence of a field on which it depends whether the workspace stays."""
    gone = (key for key in KEPT if key in changes and changes[key] is None)
    if issues := tuple(
        Issue(spec.path, 1, 1, f"/{key}", f"{key} cannot be taken away; give another value") for key in gone
    ):
        raise SpecError(issues)


def require_same_backend(spec: Spec, changes: Mapping[str, Json]) -> None:
    """`SpecError` for another backend, which would leave the stack behind in the old one."""
    backend = changes.get("backend", spec.backend)
    if isinstance(backend, str) and backend_name(backend) != spec.backend:
        sentence = (
            f"{spec.name} runs on backend {spec.backend}, and a workspace cannot move. "
            "Create a new one under another name."
        )
        raise SpecError((Issue(spec.path, 1, 1, "/backend", sentence),))
