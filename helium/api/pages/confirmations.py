"""What the form that a person pressed last has done, in a sentence on the workspace's page."""

from __future__ import annotations

from helium.api.index import IndexRow
from helium.core.record import Phase, Record

CONFIRMATIONS = {
    "requested": "Requested. Its file is on main; the next pass creates the workspace.",
    "asked": "Asked for, by a pull request. It is done once that is merged.",
    "extended": "Its deadline has moved.",
    "edited": "Its file has changed; the next pass updates it.",
    "tried": "The next pass tries it again.",
    "ordered": "Ordered. The next pass carries it out.",
    "given": "It belongs to somebody else now. The next pass lets them in.",
    "deleted": "Its file is gone from main; the next pass destroys the workspace.",
    "waits": "Its file is gone from main. Until its grace is over, you can take that back here.",
    "restored": "Its file is back on main as it was, so it stays.",
    "late": "Its file is back on main as it was. Its deadline has passed: give it more time here, or it is destroyed.",
}


def confirmation(done: str, row: IndexRow, *, late: bool = False, ordered: bool = False) -> str:
    """What the last form did, while that is so: a reload an hour later must not say what was so once.

    `late`: its deadline has passed; `ordered`: an order about it waits.
    """
    still_so = {
        "ordered": ordered,
        "requested": row.reading is not None and row.record is None,
        "asked": any(each.waits for each in row.requests),
        **dict.fromkeys(("extended", "given"), row.reading is not None),
        "edited": isinstance(row.record, Record)
        and row.reading is not None
        and row.reading.blob != row.record.seen_blob,
        "tried": isinstance(row.record, Record) and bool(row.record.error),
        "deleted": is_restorable(row),
        "restored": row.reading is not None,
    }
    waits = done == "deleted" and isinstance(row.record, Record) and row.fleet.limits.grace
    what = "waits" if waits else "late" if late and done == "restored" else done
    return CONFIRMATIONS[what] if still_so.get(done) else ""


def is_restorable(row: IndexRow) -> bool:
    """Whether its file is gone and no pass has begun to destroy it: then its file can come back."""
    record = row.record
    return row.reading is None and isinstance(record, Record) and record.phase not in (Phase.DELETING, Phase.GONE)
