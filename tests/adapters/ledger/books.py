"""Records, log lines and ledgers for tests: the fake, one on this machine, and one that is pushed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from helium.adapters.ledger import GitLedger
from helium.core.fleet import Fleet
from helium.core.log import LogLine
from helium.core.record import Phase, Record
from helium.core.register import Lease
from helium.reconcile.ports import Ledger
from tests.adapters.yard import bare, cloned, land, made, opened
from tests.fakes import FakeLedger

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = Fleet(name="acme")
SHARED = Fleet(name="acme", state="gs://acme-state")


def record(name: str, phase: Phase = Phase.READY, *, attempts: int = 0) -> Record:
    """A record with everything that is asked for."""
    return Record(
        name=name,
        backend="gcp-namespace",
        phase=phase,
        born=NOW,
        deadline=NOW.replace(day=4),
        owner="ann@example.com",
        created_at=NOW,
        updated_at=NOW,
        seen_blob="ab" * 20,
        place={"zone": "us-east1-b", "limits": [1, 2.5, None, {"deep": True}]},
        attempts=attempts,
    )


def line(name: str, code: str = "new-file", *, time: datetime = NOW) -> LogLine:
    """One line of the log."""
    return LogLine(time, name, code, f"{name} is made\nsince its file is new", born=NOW)


def lease(run: str, *, counter: int = 1, hours: int = 1) -> Lease:
    """A lease of that run."""
    return Lease(run, counter, "host", 7, "boot", NOW.replace(hour=12 + hours))


def ledgers(kind: str, folder: Path) -> tuple[Ledger, Ledger]:
    """Two writers of one ledger: a `fake` (one object), one on this machine (`plain`), or two clones of a `remote`."""
    if kind == "fake":
        fake = FakeLedger()
        return fake, fake
    if kind == "plain":
        own = made(folder / "own")
        land(own, {"helium.yaml": b"x"})
        return GitLedger(opened(own), HERE), GitLedger(opened(own), HERE)
    remote = bare(folder / "remote.git")
    one, two = (GitLedger(opened(cloned(remote, folder / who)), SHARED, wait=lambda _: None) for who in ("one", "two"))
    return one, two


def tried(one: Record) -> Record:
    """The record after one more attempt."""
    return replace(one, attempts=one.attempts + 1)
