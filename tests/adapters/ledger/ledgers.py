"""Records, log lines and ledgers for tests: the fake, one on this machine, and one that is pushed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from helium.adapters.ledger import GitLedger
from helium.core.fleet import Fleet
from helium.core.fleet_record import Lease
from helium.core.log_line import LogLine
from helium.core.plan import Code, Create, Destroy, Refusal, Update
from helium.core.record import Phase, Record
from helium.core.sharded_plan import ShardedPlan
from helium.core.spec import Spec
from helium.core.stack import StackId
from helium.core.workspace import Workspace
from helium.errors import Issue
from helium.ports.ledger import Ledger
from tests.adapters.git_repos import begun, land, new_repo, opened
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
        added_at=NOW,
        deadline=NOW.replace(day=4),
        owner="ann@example.com",
        created_at=NOW,
        updated_at=NOW,
        seen_blob="ab" * 20,
        placement={"zone": "us-east1-b", "limits": [1, 2.5, None, {"deep": True}]},
        attempts=attempts,
    )


def line(name: str, code: str = "new-file", *, time: datetime = NOW) -> LogLine:
    """One line of the log."""
    return LogLine(time, name, code, f"{name} is made\nsince its file is new", added_at=NOW)


def lease(run: str, *, counter: int = 1, hours: int = 1) -> Lease:
    """A lease of that run."""
    return Lease(run, counter, "host", 7, "boot", NOW.replace(hour=12 + hours))


def sharded(run: str, *, counter: int = 1) -> ShardedPlan:
    """A plan that was left for shards, with a change of each kind and everything that one can have."""
    spec = Spec(
        "new",
        "workspaces/new.yaml",
        "ab" * 20,
        "gcp-namespace",
        NOW,
        "ann@example.com",
        labels={"team": "x"},
        fields={"expiry": "2026-03-01", "values": {"a": [1, 2.5, None, True, {"deep": "ü"}]}},
    )
    created = Workspace("acme", spec, "ann@example.com", NOW, NOW.replace(day=4), {"zone": "b"}, {"program": "p"})
    common = {"reason": "since its file says so", "backend": "gcp-namespace", "blob": "ab" * 20, "program": "p"}
    gone = StackId.of("acme", "gcp-namespace", name="gone")
    return ShardedPlan(
        fleet="acme",
        run=run,
        counter=counter,
        commit="c1",
        now=NOW,
        seen=None,
        creates=(Create(name="new", code=Code.NEW_FILE, workspace=created, **common),),  # type: ignore[arg-type]
        updates=(Update(name="old", code=Code.SPEC_CHANGED, workspace=created, metadata_only=True, **common),),  # type: ignore[arg-type]
        destroys=(Destroy(name="gone", code=Code.EXPIRED, stack=gone, added_at=NOW, again=True, **common),),  # type: ignore[arg-type]
        before={"old": record("old")},
        announced={"new": record("new", Phase.CREATING), "old": record("old", Phase.UPDATING)},
        refusals=(Refusal(Code.UNTRUSTED_CLOCK, ("x",), "the clock is late", "--clock-is-right"),),
        issues=(Issue("workspaces/bad.yaml", 1, 2, "/expiry", "no date"),),
        counts={"create": 1},
        stuck=True,
        trusted=False,
    )


def ledgers(kind: str, folder: Path) -> tuple[Ledger, Ledger]:
    """Two writers of one ledger: a `fake` (one object), one on this machine (`plain`), or two clones of a `remote`."""
    if kind == "fake":
        fake = FakeLedger()
        return fake, fake
    if kind == "plain":
        own = new_repo(folder / "own")
        land(own, {"helium.yaml": b"x"})
        return GitLedger(opened(own), HERE), GitLedger(opened(own), HERE)
    begun(folder, {}, clones=("one", "two"))
    one, two = (GitLedger(opened(folder / who), SHARED, wait=lambda _: None) for who in ("one", "two"))
    return one, two


def tried(one: Record) -> Record:
    """The record after one more attempt."""
    return replace(one, attempts=one.attempts + 1)
