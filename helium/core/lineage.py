"""What a file on main comes from: by edits, and by removals that somebody took back to the letter.

Pure. Such a removal did not happen: the file goes on as it was. It refuses to go on over anything else. Where another
text came in between, that may be somebody else's, and where two files had the name, nobody knows which one it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lineage:
    """`added_at`: when the first file of it came; `None`: it was there before the part of history that was looked at.

    `blobs`: as what a record may know it: all that it was before, and as what it came back each time. `after_another`:
    the name had another file before, in that part of history.
    """

    added_at: datetime | None
    blobs: frozenset[str]
    after_another: bool = False
