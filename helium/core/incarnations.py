"""Which incarnation of a name a file, a record and a stack are of, and whose it is.

Pure. A name may be used again: what the next owner gets must hold nothing of the former one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helium.core.lineage import Lineage
from helium.core.record import Phase, Record
from helium.core.spec import REQUESTED_VIA, Addition, Reading, Spec

if TYPE_CHECKING:
    from helium.core.workspace import Ownership


def is_new_incarnation(record: Record, file: Reading, *, addition: Addition | None) -> bool:
    """Whether the file that is there now begins a new incarnation, other than the record's.

    The same blob that comes back before `deleting` is a revert, whoever made the commit, and so is what was edited
    after that. It may be one that no pass saw, where history leads back from it to the one that a pass saw. Any other
    blob is a new incarnation, and so is one that comes back after `deleting`; but not where it is the owner's own edit
    of what nobody asked to end.
    """
    if record.removed is not None:
        deleting = record.phase in (Phase.DELETING, Phase.GONE)
        return deleting or not (_is_back(record, file, addition=addition) or _is_kept(record, file, addition=addition))
    if addition is None or addition.added_at <= record.added_at or file.blob == record.seen_blob:
        return False
    if not addition.after_request and _goes_on(record, file, addition=addition):
        # Two commits that a rebase brought to main: one takes the file away, the next puts it back, edited. No pass saw
        # it gone, nobody asked for its end, and the pull request showed an edit.
        return False
    if addition.lineage is not None:
        return not is_of(record, addition.lineage)
    return addition.blob != (addition.blob_before or record.seen_blob)


def is_of(record: Record, lineage: Lineage) -> bool:
    """Whether a file of this lineage is the record's own: the one that a pass saw last, with what came of it.

    While the record's file was there at the last look, what was there before history begins is that. Once a pass saw it
    gone, it may be somebody else's that came since.
    """
    seen = {record.seen_blob, record.removed.blob if record.removed else ""} - {""}
    if not seen.isdisjoint(lineage.blobs):
        return True
    return record.removed is None and (lineage.added_at is None or lineage.added_at <= record.added_at)


def _is_back(record: Record, file: Reading, *, addition: Addition | None) -> bool:
    """Whether the file was put back as it was: as a pass saw it last, or as it was when it went.

    It may have been edited again before a pass came by. History still shows that it was put back.
    """
    went = record.removed.blob if record.removed else ""
    if any(blob in (record.seen_blob, went) for blob in (file.blob, addition.blob if addition else None)):
        return True
    return addition is not None and addition.lineage is not None and is_of(record, addition.lineage)


def _is_kept(record: Record, file: Reading, *, addition: Addition | None) -> bool:
    """Whether a file that its owner puts back, edited, goes on with it: nobody asked for its end, or it cannot end.

    While a safeguard or a pause held the removal, the owner noticed. What somebody asked Helium to end is over.
    """
    asked = record.removed is not None and record.removed.origin in REQUESTED_VIA
    return (record.protected or not asked) and _goes_on(record, file, addition=addition)


def _goes_on(record: Record, file: Reading, *, addition: Addition | None) -> bool:
    """Whether it can be the owner's own edit. What somebody else puts under the name never gets the owner's data."""
    moved = isinstance(file, Spec) and file.names_backend and file.backend != record.backend
    return not moved and record.owner != "" and owner_of(file, record=None, addition=addition) == record.owner


def same_incarnation(record: Record, ownership: Ownership) -> bool:
    """Whether a stack belongs to the record's incarnation. Name, backend and `added_at` say so; all else may change."""
    return (ownership.name, ownership.backend, ownership.added_at) == (record.name, record.backend, record.added_at)


def owner_of(reading: Reading | None, *, record: Record | None, addition: Addition | None) -> str:
    """Whose the workspace is: the file says it, else its record, else it is the author of the commit that added it."""
    if isinstance(reading, Spec) and reading.owner:
        return reading.owner
    if record is not None and record.owner:
        return record.owner
    return "" if addition is None else addition.author.rpartition("<")[2].rstrip(">").strip()
