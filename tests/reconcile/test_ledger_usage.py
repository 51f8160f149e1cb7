"""Usage of a ledger whose log somebody touched: it says so, and counts what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from helium.core.log_line import CORRUPT, LogLine, UsageNote
from helium.ports.ledger import Snapshot
from helium.reconcile.ledger_usage import MOST, lived_in
from tests.fakes import FakeLedger

AT = datetime(2026, 11, 1, tzinfo=UTC)


class DamagedLedger(FakeLedger):
    """One with these lines."""

    def __init__(self, lines: list[LogLine]) -> None:
        super().__init__()
        self.lines = lines

    def log(self, *, name: str | None = None, since: datetime | None = None) -> Iterator[LogLine]:
        """All of them."""
        return iter(self.lines)


def corrupt(number: int) -> LogLine:
    """A line that cannot be read."""
    return LogLine(AT, "", CORRUPT, f"log/2026/11/01.jsonl:{number} of the ledger cannot be read; somebody changed it")


ENDED = LogLine(AT + timedelta(hours=1), "demo", "x", "x", added_at=AT, usage=UsageNote(AT, ended=True))


def test_what_is_damaged_is_named_and_the_rest_counts() -> None:
    """The sentence about the log itself comes first."""
    gap = "the ledger's log is not as the last pass left it, so somebody rewrote the branch"
    found = lived_in(DamagedLedger([ENDED, corrupt(2)]), replace(Snapshot(), gaps=(gap,)))
    assert 1 == len(found.spans)
    assert (
        "The ledger's log is not as the last pass left it, so somebody rewrote the branch.",
        "log/2026/11/01.jsonl:2 of the ledger cannot be read; somebody changed it. What it says does not count.",
    ) == found.doubts


def test_many_damaged_lines_are_counted() -> None:
    """Nobody reads a thousand sentences."""
    found = lived_in(DamagedLedger([corrupt(number) for number in range(MOST + 3)]), Snapshot())
    assert (MOST + 1, "3 more lines of the log cannot be read.") == (len(found.doubts), found.doubts[-1])
