"""What `helium usage` costs over 10,000 lifetimes, beside reading the same log and nothing else.

Each lifetime has three lines, as in a fleet of some years: created, updated, destroyed. The log lies in git, and is
read in the same process, several times in turn.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from helium.adapters.git_repo import open_clone
from helium.adapters.ledger import GitLedger
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine, UsageNote
from helium.core.rates import Rates
from helium.core.usage_report import UsageReport, as_json, month_usage
from helium.core.usage_sums import Month
from helium.ports.ledger import Writes
from helium.reconcile.ledger_usage import lived_in
from tests.adapters.git_repos import new_repo

LIVES, DAYS, TIMES = 10_000, 365, 5
LIMIT = 3.0
"""How many times the reading alone the whole may take."""
START = datetime(2026, 1, 1, tzinfo=UTC)
RATES = Rates("USD", {"vCPU": Decimal("0.033174"), "memoryGiB": Decimal("0.004446")}, {"storageGiB": Decimal("0.10")})


def run() -> Mapping[str, float]:
    """The figures of one run."""
    with tempfile.TemporaryDirectory() as folder:
        clone = open_clone(new_repo(Path(folder)), environ={}, remote=None, main="main")
        ledger = GitLedger(clone, Fleet("acme"))
        fleet_record = FleetRecord("acme", id="bench")
        ledger.write(Writes(fleet_record=fleet_record, log=tuple(_lines()), message="bench"), on=ledger.read())
        snapshot = ledger.read()

        def whole() -> int:
            report = UsageReport.of(
                lived_in(ledger, snapshot), Month(2026, 11), by="owner", now=START + timedelta(days=400), rates=RATES
            )
            return len(as_json(month_usage(report))["rows"])

        read, summed = zip(
            *((_seconds(lambda: len(list(ledger.log()))), _seconds(whole)) for _ in range(TIMES)), strict=True
        )
    figures = {"lives": float(LIVES), "read": min(read), "usage": min(summed), "ratio": min(summed) / min(read)}
    print(f"usage of {LIVES} lifetimes: {figures['usage']:.2f} s; reading their log alone: {figures['read']:.2f} s;")
    print(f"ratio {figures['ratio']:.2f} (at most {LIMIT})")
    return figures


def _lines() -> Iterator[LogLine]:
    """Those of all lives, spread over a year."""
    for number in range(LIVES):
        began = START + timedelta(days=number * DAYS / LIVES)
        amounts = {"vCPU": Decimal(number % 7) / 4, "memoryGiB": Decimal("1.293945"), "storageGiB": Decimal(31)}
        note = UsageNote(began, f"person-{number % 200}@example.com", f"team-{number % 20}", amounts)
        for after, kind in (
            (timedelta(minutes=4), "create"),
            (timedelta(days=1), "update"),
            (timedelta(days=3), "destroy"),
        ):
            used = UsageNote(note.began, note.owner, note.team, note.amounts, kind == "destroy")
            yield LogLine(
                began + after, f"caribou-{number}", "spec-changed", f"{kind}: done", added_at=began, commit="c" * 40,
                by=note.owner, digest="d" * 32, run="20260101T000000Z-abcdef", kind=kind, backend="gcp-namespace",
                seconds=42.0, usage=used,
            )  # fmt: skip


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


if __name__ == "__main__":
    run()
