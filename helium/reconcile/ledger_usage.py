"""What lived when, from a ledger: its log, its records, and everything that makes them doubtful."""

from __future__ import annotations

from helium.core.log_line import CORRUPT, LogLine
from helium.core.usage import Lifetimes, lifetimes
from helium.ports.ledger import Ledger, Snapshot

MOST = 10
"""How many damaged lines are named."""


def lived_in(ledger: Ledger, snapshot: Snapshot) -> Lifetimes:
    """By the log as it was fetched last. A log that was rewritten, and lines that are damaged, are named first."""
    good, corrupt = list[LogLine](), list[str]()
    for line in ledger.log():
        if line.code == CORRUPT:
            corrupt.append(f"{line.sentence}. What it says does not count.")
        else:
            good.append(line)
    lived = lifetimes(good, snapshot.records)
    gaps = (f"{gap[:1].upper()}{gap[1:].rstrip('.')}." for gap in snapshot.gaps)
    more = (f"{len(corrupt) - MOST} more lines of the log cannot be read.",) if len(corrupt) > MOST else ()
    return Lifetimes(lived.spans, (*gaps, *corrupt[:MOST], *more, *lived.doubts))
